// The room: what happens from outside at known moments: jobs arrive, VMs are stopped.
// Not here: waiting for those moments (a world's events, or LiveAgenda).
// Invariants: act() is called at next() or later; then next() has moved on.
#pragma once

#include <memory>
#include <vector>

#include "vmm/workload/crew.hpp"

namespace roost {

/// One source of such moments.
class Agenda {
 public:
  virtual ~Agenda() = default;
  virtual Time next() const = 0;  // kNever: no more
  virtual void act() = 0;
};

/// Jobs for a queue, which is closed when they end.
class Arrivals final : public Agenda {
 public:
  Arrivals(const ArrivalSpec& spec, SharedObject& queue, std::uint64_t seed, std::uint64_t number);
  Time next() const override { return next_; }
  void act() override;

 private:
  Time following();

  const ArrivalSpec& spec_;
  SharedObject& queue_;
  Drawer drawer_;
  std::uint64_t made_ = 0;
  Time burst_ends_ = kNever;
  Time next_{};
};

class StopVm final : public Agenda {
 public:
  StopVm(Crew& crew, Time at) : crew_(crew), at_(at) {}
  Time next() const override { return at_; }
  void act() override { at_ = kNever, crew_.stop(); }

 private:
  Crew& crew_;
  Time at_;
};

}  // namespace roost
