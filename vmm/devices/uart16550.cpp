#include "vmm/devices/uart16550.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace roost {
namespace {

constexpr std::size_t kFifoSize = 16;

enum Ier : std::uint8_t { kReceivedEnable = 1, kSentEnable = 2, kLineStatusEnable = 4 };
enum Iir : std::uint8_t { kNone = 0x01, kSent = 0x02, kReceived = 0x04, kLineStatus = 0x06, kTimeout = 0x0c };
enum Lsr : std::uint8_t { kDataReady = 0x01, kOverrun = 0x02, kTransmitterEmpty = 0x60 };

constexpr std::uint8_t kIirFifosOn = 0xc0;
constexpr std::uint8_t kClearReceiver = 0x02, kClearTransmitter = 0x04;
constexpr std::uint8_t kFcrKept = 0xc9;                // enable, DMA mode, trigger level
constexpr std::uint8_t kCarrierReadyClear = 0xb0;      // MSR: DCD, DSR and CTS: somebody listens

}  // namespace

Uart16550::Uart16550(ConsoleOutput& output, InterruptLine line) : output_(output), line_(std::move(line)) {}

std::size_t Uart16550::Registers::trigger() const {
  constexpr std::array<std::size_t, 4> kLevels{1, 4, 8, 14};
  return fifos_on() ? kLevels[fcr >> 6] : 1;
}

std::size_t Uart16550::Registers::room() const { return fifos_on() ? kFifoSize : 1; }

/// IIR's low bits: the most urgent enabled interrupt.
std::uint8_t Uart16550::Registers::interrupt() const {
  if ((ier & kLineStatusEnable) && overrun) return kLineStatus;
  if ((ier & kReceivedEnable) && !fifo.empty()) return fifo.size() >= trigger() ? kReceived : kTimeout;
  if ((ier & kSentEnable) && sent) return kSent;
  return kNone;
}

std::uint8_t Uart16550::Registers::line_status() const {
  return static_cast<std::uint8_t>(kTransmitterEmpty | (fifo.empty() ? 0 : kDataReady) | (overrun ? kOverrun : 0));
}

std::uint8_t Uart16550::Registers::modem_status() const {
  if (!looped()) return kCarrierReadyClear;
  // Looped: OUT2 -> DCD, OUT1 -> RI, RTS -> CTS, DTR -> DSR.
  return static_cast<std::uint8_t>((mcr & 0x0c) << 4 | (mcr & 0x02) << 3 | (mcr & 0x01) << 5);
}

void Uart16550::Registers::arrive(std::uint8_t byte) {
  fifo.push_back(byte);
  if (!fifos_on()) held = byte;
}

void Uart16550::Registers::refill() {
  while (!looped() && fifo.size() < room() && !waiting.empty()) {
    arrive(waiting.front());
    waiting.pop_front();
  }
}

std::uint8_t Uart16550::Registers::take_received() {
  if (fifo.empty()) return fifos_on() ? 0 : held;
  const std::uint8_t byte = fifo.front();
  fifo.pop_front();
  refill();
  return byte;
}

std::optional<std::uint8_t> Uart16550::Registers::send(std::uint8_t byte) {
  sent = true;
  if (!looped()) return byte;
  overrun |= fifo.size() >= room();
  if (!fifos_on()) fifo.clear();  // the single register takes the newer byte; a full FIFO keeps the older ones
  if (fifo.size() < room()) arrive(byte);
  return std::nullopt;
}

/// The transmitter is always empty: who switches its interrupt on gets one, who writes the same again does not.
void Uart16550::Registers::enable_interrupts(std::uint8_t value) {
  if ((value ^ ier) & kSentEnable) sent = value & kSentEnable;
  ier = value;
}

void Uart16550::Registers::control_fifos(std::uint8_t value) {
  const bool switched = (value ^ fcr) & 1;
  if (switched || (value & kClearReceiver)) fifo.clear();
  if (switched || (value & kClearTransmitter)) sent = true;
  fcr = value & kFcrKept;
  refill();
}

std::uint8_t Uart16550::Registers::read(std::uint64_t offset) {
  switch (offset) {
    case 0: return divisor_latched() ? static_cast<std::uint8_t>(divisor & 0xff) : take_received();
    case 1: return divisor_latched() ? static_cast<std::uint8_t>(divisor >> 8) : ier;
    case 2: {
      const std::uint8_t which = interrupt();
      if (which == kSent) sent = false;
      return static_cast<std::uint8_t>(which | (fifos_on() ? kIirFifosOn : 0));
    }
    case 3: return lcr;
    case 4: return mcr;
    case 5: {
      const std::uint8_t status = line_status();
      overrun = false;
      return status;
    }
    case 6: return modem_status();
    case 7: return scr;
    default: return 0;
  }
}

std::optional<std::uint8_t> Uart16550::Registers::write(std::uint64_t offset, std::uint8_t value) {
  switch (offset) {
    case 0:
      if (!divisor_latched()) return send(value);
      divisor = static_cast<std::uint16_t>((divisor & 0xff00) | value);
      break;
    case 1:
      if (divisor_latched()) {
        divisor = static_cast<std::uint16_t>((divisor & 0x00ff) | value << 8);
      } else {
        enable_interrupts(value & 0x0f);
      }
      break;
    case 2: control_fifos(value); break;
    case 3: lcr = value; break;
    case 4:
      mcr = value & 0x1f;
      refill();  // out of the loop, the outside is heard again
      break;
    case 7: scr = value; break;
    default: break;  // LSR and MSR are read-only
  }
  return std::nullopt;
}

std::uint64_t Uart16550::read(std::uint64_t offset, unsigned) {
  const std::uint8_t value = registers_.with([&](Registers& registers) { return registers.read(offset); });
  settle();
  return value;
}

void Uart16550::write(std::uint64_t offset, unsigned, std::uint64_t value) {
  const auto byte = static_cast<std::uint8_t>(value & 0xff);
  const auto out = registers_.with([&](Registers& registers) { return registers.write(offset, byte); });
  if (out) {
    const char character = static_cast<char>(*out);
    output_.write({&character, 1});
  }
  settle();
}

std::size_t Uart16550::receive(std::string_view bytes) {
  const std::size_t taken = registers_.with([&](Registers& registers) {
    const std::size_t count = std::min(bytes.size(), kInputLimit - registers.waiting.size());
    const std::string_view fitting = bytes.substr(0, count);
    registers.waiting.insert(registers.waiting.end(), fitting.begin(), fitting.end());
    registers.refill();
    return count;
  });
  settle();
  return taken;
}

void Uart16550::settle() {
  settler_.settle([this] {
    const bool level = registers_.with([](const Registers& registers) { return registers.interrupt() != kNone; });
    if (level != std::exchange(told_, level)) line_(level);
  });
}

}  // namespace roost
