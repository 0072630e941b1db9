#include "sim/app/interrupt.hpp"

#include <csignal>

namespace headroom {
namespace {

volatile std::sig_atomic_t flag = 0;

void set_flag(int) { flag = 1; }

}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = set_flag;
  action.sa_flags =
      SA_RESETHAND;  // the second one gets the default: it ends the process even where nobody looks
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  // Both then come back as a failed write, which is reported: a closed pipe, a file-size limit.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

bool interrupted() { return flag != 0; }

void stop_if_interrupted() {
  if (interrupted()) throw Interrupted();
}

}  // namespace headroom
