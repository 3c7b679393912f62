// The room: the ns16550A serial port, the machine's console.
// Not here: where bytes go to and come from.
//
//   offset  read            write           with LCR.DLAB
//   0       RBR received    THR to send     divisor, low byte
//   1       IER interrupt enables           divisor, high byte
//   2       IIR which       FCR FIFO control
//   3       LCR line control (only DLAB matters: there is no wire)
//   4       MCR modem control; bit 4 loops what is sent back to the receiver
//   5       LSR line status
//   6       MSR modem status
//   7       SCR scratch
//
// Rules: a byte is sent at once, so the transmitter is always empty. Bytes from outside wait in a queue of their own
// and enter the receiver FIFO (16, or 1 while FIFOs are off) as room appears: they never overrun it. What is in the
// FIFO below its trigger level is all there is, so "character timeout" is raised without waiting for time to pass.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>

#include "vmm/devices/console_output.hpp"
#include "vmm/devices/interrupt_line.hpp"
#include "vmm/memory/guarded.hpp"
#include "vmm/memory/mmio_device.hpp"

namespace roost {

class Uart16550 final : public MmioDevice {
 public:
  static constexpr std::size_t kInputLimit = 64 * 1024;  // bytes that wait for a guest that does not read; more is lost

  Uart16550(ConsoleOutput& output, InterruptLine line);

  bool accepts(std::uint64_t offset, unsigned size) const override { return offset < 8 && size <= 4; }
  std::uint64_t read(std::uint64_t offset, unsigned size) override;
  void write(std::uint64_t offset, unsigned size, std::uint64_t value) override;

  /// Any thread, no lock held. Returns how many bytes found room.
  std::size_t receive(std::string_view bytes);

 private:
  struct Registers {
    std::uint16_t divisor = 12;
    std::uint8_t held = 0;     // RBR while FIFOs are off: it keeps its byte after it has been read
    std::uint8_t ier = 0, fcr = 0, lcr = 0, mcr = 0x08, scr = 0;
    bool overrun = false;      // LSR.OE, until LSR is read
    bool sent = false;         // the transmitter has become empty and nobody has taken notice yet
    std::deque<std::uint8_t> fifo;     // what the guest can read
    std::deque<std::uint8_t> waiting;  // what has come from outside and finds no room in `fifo`

    bool fifos_on() const { return fcr & 1; }
    bool looped() const { return mcr & 0x10; }
    bool divisor_latched() const { return lcr & 0x80; }
    std::size_t room() const;
    std::size_t trigger() const;
    std::uint8_t interrupt() const;
    std::uint8_t line_status() const;
    std::uint8_t modem_status() const;

    std::uint8_t read(std::uint64_t offset);
    std::optional<std::uint8_t> write(std::uint64_t offset, std::uint8_t value);  // a byte to print
    std::optional<std::uint8_t> send(std::uint8_t byte);
    void enable_interrupts(std::uint8_t value);
    void control_fifos(std::uint8_t value);
    std::uint8_t take_received();
    void arrive(std::uint8_t byte);
    void refill();
  };

  void settle();

  ConsoleOutput& output_;
  InterruptLine line_;
  Guarded<Registers> registers_;
  Settler settler_;
  bool told_ = false;  // the line's level; only the thread that settles touches it
};

}  // namespace roost
