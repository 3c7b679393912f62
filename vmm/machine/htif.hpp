// The room: HTIF, the host interface of Spike's test programs: a store to `tohost` ends the program or asks a service.
// Not here: noticing the store (the hart does).
//
//   tohost = device[63:56] command[55:48] payload[47:0]
//   device 0, command 0: odd payload: exit with payload >> 1; even: address of eight doublewords, a system call of the
//                        proxy kernel: number, arguments; its result replaces the number, then fromhost = 1
//   device 1, command 1: print the byte in the payload
//
// Every address in it is the guest's word and is checked against RAM.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "vmm/devices/console_output.hpp"
#include "vmm/memory/address.hpp"
#include "vmm/memory/guest_ram.hpp"

namespace roost {

class Htif {
 public:
  /// `tohost` and `fromhost` are aligned doublewords in RAM (load_image's promise).
  Htif(const GuestRam& ram, ConsoleOutput& console, GuestPhys tohost, std::optional<GuestPhys> fromhost,
       std::function<void(int exit_code)> end);

  /// Any thread, no lock held: a vCPU has stored `request` to tohost.
  void on_tohost(std::uint64_t request);

 private:
  void system_call(GuestPhys arguments);
  std::uint64_t print(std::uint64_t from, std::uint64_t length);
  void store(GuestPhys at, std::uint64_t word) const;

  const GuestRam& ram_;
  ConsoleOutput& console_;
  GuestPhys tohost_;
  std::optional<GuestPhys> fromhost_;
  std::function<void(int)> end_;
};

}  // namespace roost
