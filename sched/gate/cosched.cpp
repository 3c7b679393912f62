#include "sched/gate/cosched.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace roost {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kWhitePaper = "VMware, The CPU Scheduler in VMware vSphere 5.1 (2013)";

constexpr ConstantInfo kRelaxedConstants[]{
    time_constant("skew", "who leads a sibling by more is stopped", milliseconds(3), microseconds(10), seconds(10)),
    time_constant("rejoin", "who was stopped and leads by less runs again; skew at most", milliseconds(2),
                  microseconds(10), seconds(10)),
    time_constant("look", "between two looks at a vCPU, at least", milliseconds(1), microseconds(10), seconds(1))};
constexpr ConstantInfo kStrictConstants[]{
    time_constant("round", "how long VMs run together", milliseconds(50), microseconds(100), seconds(10))};

}  // namespace

constexpr CoEntry kNoCoEntry{{"none", "vCPUs of a VM run as they come", "Roost", {}, "cosched"},
                             [](const ConstantValues&) { return CoRule{}; }};

constexpr CoEntry kRelaxedEntry{
    {"relaxed", "a vCPU that gets too far ahead of its siblings is stopped", kWhitePaper, kRelaxedConstants, "cosched"},
    [](const ConstantValues& constants) {
      const Duration skew = constants.time("skew");
      return CoRule{.how = CoRule::How::Relaxed, .skew = skew, .rejoin = std::min(skew, constants.time("rejoin")),
                    .look = constants.time("look")};
    }};

constexpr CoEntry kStrictEntry{
    {"strict", "all vCPUs of a VM run together, or none", kWhitePaper, kStrictConstants, "cosched"},
    [](const ConstantValues& constants) {
      return CoRule{.how = CoRule::How::Strict, .round = constants.time("round")};
    }};

Duration SiblingProgress::lag(const Sibling& of, Time now) {
  return of.stalled_since == kNever ? of.behind : of.behind + std::max(now - of.stalled_since, Duration{0});
}

Duration SiblingProgress::most_lag(Time now) const {
  Duration most{0};  // who takes no part lags by nothing
  for (const Sibling& of : of_) most = std::max(most, lag(of, now));
  return most;
}

void SiblingProgress::wakes(std::size_t place, Time now, Duration most) {
  Sibling& of = of_[place];
  if (of.stalled_since == kNever) of.behind = std::max(of.behind, most_lag(now) - most);
  stalls(place, now);
}

void SiblingProgress::stalls(std::size_t place, Time now) {
  Sibling& of = of_[place];
  if (of.stalled_since != kNever) return;
  if (!of.counts) of.behind = most_lag(now);
  of.counts = true;
  of.stalled_since = now;
}

void SiblingProgress::goes_on(std::size_t place, Time now) {
  Sibling& of = of_[place];
  of.behind = lag(of, now);
  of.stalled_since = kNever;
}

CoAnswer SiblingProgress::ask(std::size_t place, const CoRule& rule, bool stopped, Time now) const {
  const Duration lead = skew(place, now);
  const bool runs = stopped ? lead < rule.rejoin : lead <= rule.skew;
  // Who runs gains a nanosecond each nanosecond at most; so does whoever is behind one that is stopped.
  const Duration away = runs ? rule.skew - lead : lead - rule.rejoin;
  return {.runs = runs, .look_again = now + std::max(away, rule.look)};
}

Gangs::Gangs(const IdVector<VmId, std::size_t>& sizes, std::size_t pcpus) : pcpus_(pcpus), free_(pcpus) {
  for (const std::size_t size : sizes) gangs_.push_back({.size = size});
}

/// There are pCPUs for all of its vCPUs; they are its own now.
bool Gangs::admit(Gang& gang) {
  const std::size_t needs = std::min(gang.size, pcpus_);
  if (needs > free_) return false;
  free_ -= needs;
  gang.runs = true;
  return true;
}

void Gangs::begin_round() {
  free_ = pcpus_;
  for (Gang& gang : gangs_) gang.runs = false;
  std::optional<std::size_t> left;
  for (std::size_t step = 0; step < gangs_.size(); ++step) {
    const std::size_t place = (first_ + step) % gangs_.size();
    Gang& gang = gangs_[id_at<VmId>(place)];
    if (std::exchange(gang.wants, false) && !admit(gang) && !left) left = place;
  }
  first_ = left.value_or(first_);
  refused_ = left.has_value();
}

CoAnswer Gangs::ask(VmId vm, Duration round, Time now) {
  if (now >= ends_) {
    begin_round();
    ends_ = Time{} + round * (nanoseconds(now) / round.count() + 1);
  }
  Gang& gang = gangs_[vm];
  gang.wants = true;
  const bool runs = gang.runs || admit(gang);
  if (!runs && !std::exchange(refused_, true)) first_ = index(vm);
  return {.runs = runs, .look_again = ends_};
}

}  // namespace roost
