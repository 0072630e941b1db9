#include "sim/platform/simgrid_platform.hpp"

#include <xbt/log.h>

#include <array>
#include <cmath>
#include <csignal>
#include <cstddef>
#include <simgrid/kernel/routing/NetZoneImpl.hpp>
#include <simgrid/s4u.hpp>
#include <string>

#include "sim/base/check.hpp"

namespace headroom {
namespace {

namespace s4u = simgrid::s4u;
namespace routing = simgrid::kernel::routing;

constexpr double kUnitsPerByte = 1024;

// Puts the handlers back that the constructor of the SimGrid engine replaces.
class SignalHandlersKept {
 public:
  SignalHandlersKept() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], nullptr, &before_[i]);
  }
  ~SignalHandlersKept() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before_[i], nullptr);
  }
  SignalHandlersKept(const SignalHandlersKept&) = delete;
  SignalHandlersKept& operator=(const SignalHandlersKept&) = delete;

 private:
  static constexpr std::array<int, 3> kSignals{SIGINT, SIGSEGV, SIGBUS};
  std::array<struct sigaction, 3> before_{};
};

std::unique_ptr<s4u::Engine> make_engine() {
  static bool made = false;
  HEADROOM_CHECK(!made, "expected one SimGrid engine per process, got a second");
  made = true;
  const SignalHandlersKept kept;
  xbt_log_control_set("root.thres:error");  // before set_config, which announces every change
  // An argument list of our own: SimGrid would swallow --help, --version and --cfg from the real
  // one.
  static std::string name = "headroom";
  static std::array<char*, 2> arguments{name.data(), nullptr};
  static int count = 1;
  auto engine = std::make_unique<s4u::Engine>(&count, arguments.data());
  s4u::Engine::set_config("network/model:CM02");
  s4u::Engine::set_config("network/crosstraffic:0");
  s4u::Engine::set_config("network/TCP-gamma:1e30");
  s4u::Engine::set_config("surf/precision:1e-12");
  return engine;
}

}  // namespace

class SimgridPlatform::RouteZone : public routing::NetZoneImpl {
 public:
  RouteZone() : NetZoneImpl("platform") {}

  void get_local_route(const routing::NetPoint* /*from*/, const routing::NetPoint* /*to*/,
                       routing::Route* into, double* /*latency*/) override {
    into->link_list_ = route_;
  }
  void set_route(std::span<const LinkId> route, const std::vector<s4u::Link*>& links) {
    route_.clear();
    for (const LinkId link : route) route_.push_back(links[link]->get_impl());
  }

 private:
  std::vector<simgrid::kernel::resource::StandardLinkImpl*> route_;
};

SimgridPlatform::SimgridPlatform(const Platform& platform) {
  check_platform(platform);
  engine_ = make_engine();
  zone_ = new RouteZone;  // NOLINT(cppcoreguidelines-owning-memory): the engine takes its root zone
  s4u::NetZone* const zone = zone_->get_iface();
  // Hosts of speed 1: flops are seconds. The names have prefixes because SimGrid keeps all in one
  // name space.
  source_ = zone->create_host("source", 1.0);
  sink_ = zone->create_host("sink", 1.0);
  for (const Link& link : platform.links)
    links_.push_back(zone->create_link("link:" + link.name, link.bandwidth.value * kUnitsPerByte));
  for (const Compute& compute : platform.computes)
    computes_.push_back(zone->create_host("compute:" + compute.name, 1.0));
  zone->seal();  // the automatic sealing happens once per process only and is not to be relied on
  for (auto* const model : engine_->get_all_models())
    if (model->is_update_lazy()) models_.push_back(model);
}

SimgridPlatform::~SimgridPlatform() = default;

s4u::ActivityPtr SimgridPlatform::start_flow(std::span<const LinkId> route, Bytes bytes,
                                             void* data) {
  zone_->set_route(route, links_);
  const s4u::CommPtr flow = s4u::Comm::sendto_init(source_, sink_);
  flow->set_data(data);
  flow->set_payload_size(static_cast<std::uint64_t>(std::llround(bytes.value * kUnitsPerByte)));
  flow->start();
  return flow;
}

s4u::ActivityPtr SimgridPlatform::start_compute(ComputeId resource, Seconds work, void* data) {
  // Not Host::exec_*: those run on the host of the caller, whatever the host.
  const s4u::ExecPtr exec = s4u::Exec::init();
  exec->set_data(data);
  exec->set_flops_amount(work.value)->set_host(computes_[resource])->start();
  return exec;
}

bool SimgridPlatform::completes_within(Seconds horizon) const {
  const double clock = s4u::Engine::get_clock();
  for (auto* const model : models_) {
    if (!model->get_finished_action_set()->empty()) return true;
    const double delay = model->next_occurring_event(clock);  // negative: no activity
    if (delay >= 0 && delay < horizon.value) return true;
  }
  return false;
}

}  // namespace headroom
