#include "tools/cli/progress.hpp"

#include <algorithm>

#include <unistd.h>

#include <fmt/format.h>

#include "tools/cli/say.hpp"
#include "tools/report/units.hpp"

namespace roost {

std::string progress_text(const RunProgress& progress, Duration limit, Duration took) {
  const auto seconds = [](Duration d) { return static_cast<double>(nanoseconds(d)) / 1e9; };
  std::string out = duration_text(progress.done);
  if (limit != Duration::max())
    out += fmt::format(" of {} ({})", duration_text(limit), share_text(progress.done, limit));
  if (progress.events > 0)
    out += fmt::format(", {} events, {:.2g}M/s", count_text(progress.events),
                       static_cast<double>(progress.events) / 1e6 / std::max(seconds(took), 1e-9));
  if (limit == Duration::max() || progress.done <= Duration{0}) return out;
  const double left = seconds(took) * std::max(seconds(limit) / seconds(progress.done) - 1, 0.0);
  return out + fmt::format(", {} left", duration_text(Duration{static_cast<std::int64_t>(std::min(left, 9e9) * 1e9)}));
}

Progress::Progress(const ProgressWish& wish, Duration limit, std::function<RunProgress()> look)
    : terminal_(isatty(STDERR_FILENO) == 1),
      label_(wish.label),
      limit_(limit),
      look_(std::move(look)),
      began_(clock_.now()) {
  on_ = wish.asked || (wish.may && terminal_);
}

Progress::~Progress() {
  if (shown_ && terminal_) say(stderr, "\r\x1b[K");
}

void Progress::show() {
  const std::string text = label_ + progress_text(look_(), limit_, clock_.now() - began_);
  say(stderr, terminal_ ? "\r" + text + "\x1b[K" : text + "\n");
  shown_ = true;
}

}  // namespace roost
