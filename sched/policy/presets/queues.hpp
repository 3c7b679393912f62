// The room: the presets sqms and mqms-*: one runqueue for all, or one for each pCPU, with one balancer or another.
// Rules: turns of equal length, weights not asked (round_robin). sqms: all pCPUs share one runqueue; whoever is free
//   takes the next. mqms-none, -pull, -push and -hybrid: a runqueue for each pCPU; a vCPU stays where it first came to
//   (last_pcpu), so that what moves it is the balancer alone. An idle pCPU polls before it halts (adaptive); who spins
//   gives way to a sibling that waits (directed).
// Deviations: none; the names are those of textbooks (single-queue and multi-queue multiprocessor scheduling: Arpaci-
//   Dusseau and Arpaci-Dusseau, Operating Systems: Three Easy Pieces, chapter 10).
// Not work-conserving when: sqms: never, but for the way of a kick. The others as their balancers say: mqms-none leaves
//   a dry pCPU dry for ever.
#pragma once

#include "sched/policy/preset.hpp"

namespace roost {

namespace presets {

constexpr PresetInfo multi_queue(std::string_view name, std::string_view about, std::string_view balance) {
  return {.name = name,
          .about = about,
          .source = "Arpaci-Dusseau and Arpaci-Dusseau, OSTEP, chapter 10",
          .discipline = "round_robin",
          .placement = "last_pcpu",
          .balance = balance,
          .numa = "none",
          .idle = "adaptive",
          .header = "queues"};
}

}  // namespace presets

inline constexpr PresetInfo kSqmsPreset{
    .name = "sqms",
    .about = "one queue for all pCPUs, in turns",
    .source = "Arpaci-Dusseau and Arpaci-Dusseau, OSTEP, chapter 10",
    .discipline = "round_robin",
    .placement = "last_idle_least",
    .balance = "none",
    .numa = "none",
    .idle = "adaptive",
    .granularity = Granularity::Machine,
    .header = "queues",
};
inline constexpr PresetInfo kMqmsNonePreset =
    presets::multi_queue("mqms-none", "a queue for each pCPU, in turns; nobody moves", "none");
inline constexpr PresetInfo kMqmsPullPreset =
    presets::multi_queue("mqms-pull", "a queue for each pCPU, in turns; who runs dry takes", "pull");
inline constexpr PresetInfo kMqmsPushPreset =
    presets::multi_queue("mqms-push", "a queue for each pCPU, in turns; who has too much gives", "push");
inline constexpr PresetInfo kMqmsHybridPreset =
    presets::multi_queue("mqms-hybrid", "a queue for each pCPU, in turns; pulled and pushed", "hybrid");

}  // namespace roost
