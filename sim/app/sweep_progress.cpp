#include "sim/app/sweep_progress.hpp"

#include <iostream>

#include "sim/app/human_number.hpp"

namespace headroom {
namespace {

constexpr auto kBetweenLines = std::chrono::milliseconds(200);
constexpr std::int64_t kBarWidth = 24;

}  // namespace

std::string progress_line(const SweepCounts& counts, double elapsed_s) {
  const std::int64_t filled =
      counts.runs > 0 ? counts.done() * kBarWidth / counts.runs : std::int64_t{0};
  std::string line = '[' + std::string(static_cast<std::size_t>(filled), '#') +
                     std::string(static_cast<std::size_t>(kBarWidth - filled), '-') + "]  " +
                     human_count(counts.done()) + " of " + human_count(counts.runs) + " runs";
  const auto ended = static_cast<double>(counts.finished + counts.failed);
  if (ended > 0 && elapsed_s > 0) {
    const double rate = ended / elapsed_s;
    line += "  " + human_number(rate) + " runs/s  " +
            human_time(static_cast<double>(counts.runs - counts.done()) / rate) + " left";
  }
  if (counts.failed > 0) line += "  " + human_count(counts.failed) + " failed";
  return line;
}

SweepProgress::SweepProgress(bool visible)
    : visible_(visible), started_(Clock::now()), next_line_(started_) {}

SweepProgress::~SweepProgress() {
  if (shown_) std::cerr << "\r\x1b[K" << std::flush;
}

void SweepProgress::update(const SweepCounts& counts) {
  if (!visible_) return;
  const auto now = Clock::now();
  if (now < next_line_) return;
  next_line_ = now + kBetweenLines;
  shown_ = true;
  std::cerr << "\r\x1b[K"
            << progress_line(counts, std::chrono::duration<double>(now - started_).count())
            << std::flush;
}

}  // namespace headroom
