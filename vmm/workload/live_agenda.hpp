// The room: the thread that waits, in a live world, for what happens from outside.
// Not here: what happens (agenda).
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <thread>

#include "vmm/host/doorbell.hpp"
#include "vmm/workload/agenda.hpp"

namespace roost {

class LiveAgenda {
 public:
  /// `zero`: the time zero of the scripts on the host's monotonic clock. `actors`: null, nobody counts; else it acts
  /// until nothing is to come any more.
  LiveAgenda(std::span<const std::unique_ptr<Agenda>> agenda, Duration zero, Actors* actors = nullptr);
  ~LiveAgenda();  // nothing happens any more once it is gone

 private:
  void wait_and_act();

  std::span<const std::unique_ptr<Agenda>> agenda_;
  Duration zero_;
  Actors* actors_;
  host::Doorbell bell_;
  std::atomic<bool> ends_{false};  // set before the bell that tells
  std::jthread thread_;
};

}  // namespace roost
