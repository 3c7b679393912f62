#include "vmm/machine/device_tree.hpp"

#include <fmt/core.h>
#include <libfdt.h>

#include <initializer_list>
#include <string>

#include "sched/vocabulary/check.hpp"
#include "vmm/machine/memory_map.hpp"

namespace roost {
namespace {

enum class Phandle : std::uint32_t { Plic = 1, Finisher = 2, FirstCpu = 16 };
enum CpuLine : std::uint32_t { kMsip = 3, kMtip = 7, kSeip = 9, kMeip = 11 };

constexpr std::uint32_t cpu_phandle(std::uint32_t hart) {
  return static_cast<std::uint32_t>(Phandle::FirstCpu) + 2 * hart;
}
constexpr std::uint32_t intc_phandle(std::uint32_t hart) { return cpu_phandle(hart) + 1; }

/// libfdt's sequential writer into a buffer that is surely large enough, so that any refusal is our own mistake.
class Writer {
 public:
  explicit Writer(std::size_t capacity) : blob_(capacity) {
    must(fdt_create(blob_.data(), static_cast<int>(capacity)));
    must(fdt_finish_reservemap(blob_.data()));
  }

  template <typename Fill>
  void node(const std::string& name, Fill fill) {
    must(fdt_begin_node(blob_.data(), name.c_str()));
    fill();
    must(fdt_end_node(blob_.data()));
  }
  void flag(const char* name) { must(fdt_property(blob_.data(), name, nullptr, 0)); }
  void cell(const char* name, std::uint32_t value) { must(fdt_property_u32(blob_.data(), name, value)); }
  void phandle(std::uint32_t value) { cell("phandle", value); }
  /// With its zero; inner zeros separate the strings of a list.
  void text(const char* name, std::string_view value) {
    const std::string terminated(value);
    must(fdt_property(blob_.data(), name, terminated.c_str(), static_cast<int>(terminated.size() + 1)));
  }
  void cells(const char* name, const std::vector<std::uint32_t>& values) {
    std::vector<fdt32_t> stored;
    for (const std::uint32_t value : values) stored.push_back(cpu_to_fdt32(value));
    must(fdt_property(blob_.data(), name, stored.data(), static_cast<int>(stored.size() * sizeof(fdt32_t))));
  }
  /// Two cells each for base and size.
  void reg(Window window) {
    const std::uint64_t base = value(window.base);
    cells("reg", {high(base), low(base), high(window.size), low(window.size)});
  }

  std::vector<std::byte> finish() {
    must(fdt_finish(blob_.data()));
    blob_.resize(fdt_totalsize(blob_.data()));
    return std::move(blob_);
  }

 private:
  static void must(int result) { check(result == 0, "libfdt takes what we write"); }
  static std::uint32_t high(std::uint64_t v) { return static_cast<std::uint32_t>(v >> 32); }
  static std::uint32_t low(std::uint64_t v) { return static_cast<std::uint32_t>(v); }
  std::vector<std::byte> blob_;
};

std::string at(const char* name, GuestPhys base) { return fmt::format("{}@{:x}", name, value(base)); }

void write_cpu(Writer& out, std::uint32_t hart) {
  out.node(fmt::format("cpu@{:x}", hart), [&] {
    out.phandle(cpu_phandle(hart));
    out.text("device_type", "cpu");
    out.cell("reg", hart);
    out.text("status", "okay");
    out.text("compatible", "riscv");
    out.text("riscv,isa", kIsa);
    out.text("mmu-type", "riscv,sv48");
    out.node("interrupt-controller", [&] {
      out.cell("#interrupt-cells", 1);
      out.flag("interrupt-controller");
      out.text("compatible", "riscv,cpu-intc");
      out.phandle(intc_phandle(hart));
    });
  });
}

void write_cpus(Writer& out, std::uint32_t harts) {
  out.node("cpus", [&] {
    out.cell("#address-cells", 1);
    out.cell("#size-cells", 0);
    out.cell("timebase-frequency", kTimebaseHz);
    for (std::uint32_t hart = 0; hart < harts; ++hart) write_cpu(out, hart);
    out.node("cpu-map", [&] {
      out.node("cluster0", [&] {
        for (std::uint32_t hart = 0; hart < harts; ++hart)
          out.node(fmt::format("core{}", hart), [&] { out.cell("cpu", cpu_phandle(hart)); });
      });
    });
  });
}

/// Two lines of every hart: pairs of (its interrupt controller, line).
std::vector<std::uint32_t> hart_lines(std::uint32_t harts, CpuLine first, CpuLine second) {
  std::vector<std::uint32_t> cells;
  for (std::uint32_t hart = 0; hart < harts; ++hart)
    for (const std::uint32_t line : {first, second}) cells.insert(cells.end(), {intc_phandle(hart), line});
  return cells;
}

void write_plic(Writer& out, std::uint32_t harts) {
  out.node(at("plic", kPlicWindow.base), [&] {
    out.phandle(static_cast<std::uint32_t>(Phandle::Plic));
    out.cell("#address-cells", 0);
    out.cell("#interrupt-cells", 1);
    out.flag("interrupt-controller");
    out.text("compatible", {"sifive,plic-1.0.0\0riscv,plic0", 30});
    out.reg(kPlicWindow);
    out.cell("riscv,ndev", 95);
    out.cells("interrupts-extended", hart_lines(harts, kMeip, kSeip));
  });
}

void write_soc(Writer& out, std::uint32_t harts) {
  out.node("soc", [&] {
    out.cell("#address-cells", 2);
    out.cell("#size-cells", 2);
    out.text("compatible", "simple-bus");
    out.flag("ranges");
    out.node(at("serial", kUartWindow.base), [&] {
      out.text("compatible", "ns16550a");
      out.reg(kUartWindow);
      out.cell("clock-frequency", kUartClockHz);
      out.cell("interrupts", kUartIrq);
      out.cell("interrupt-parent", static_cast<std::uint32_t>(Phandle::Plic));
    });
    out.node(at("test", kFinisherWindow.base), [&] {
      out.phandle(static_cast<std::uint32_t>(Phandle::Finisher));
      out.text("compatible", {"sifive,test1\0sifive,test0\0syscon", 32});
      out.reg(kFinisherWindow);
    });
    write_plic(out, harts);
    out.node(at("clint", kClintWindow.base), [&] {
      out.text("compatible", {"sifive,clint0\0riscv,clint0", 26});
      out.reg(kClintWindow);
      out.cells("interrupts-extended", hart_lines(harts, kMsip, kMtip));
    });
  });
}

/// A way to end or restart the machine: a value to store into the finisher.
void write_syscon(Writer& out, const char* node, const char* compatible, std::uint32_t stored) {
  out.node(node, [&] {
    out.text("compatible", compatible);
    out.cell("regmap", static_cast<std::uint32_t>(Phandle::Finisher));
    out.cell("offset", 0);
    out.cell("value", stored);
  });
}

}  // namespace

Result<std::vector<std::byte>> device_tree(const Board& board) {
  constexpr std::size_t kMostArgs = 1 << 20;
  if (board.args.find('\0') != std::string_view::npos || board.args.size() > kMostArgs)
    return Error{"the arguments for the guest hold a zero byte or are longer than 1 MiB; shorten --args"};
  Writer out(8192 + 1024 * std::size_t{board.harts} + board.args.size());
  out.node("", [&] {
    out.cell("#address-cells", 2);
    out.cell("#size-cells", 2);
    out.text("compatible", "riscv-virtio");
    out.text("model", "riscv-virtio,roost");
    out.node("chosen", [&] {
      out.text("stdout-path", "/soc/" + at("serial", kUartWindow.base));
      if (!board.args.empty()) out.text("bootargs", board.args);
    });
    out.node(at("memory", kRamBase), [&] {
      out.text("device_type", "memory");
      out.reg({kRamBase, board.memory});
    });
    write_cpus(out, board.harts);
    write_soc(out, board.harts);
    write_syscon(out, "poweroff", "syscon-poweroff", 0x5555);
    write_syscon(out, "reboot", "syscon-reboot", 0x7777);
  });
  return out.finish();
}

}  // namespace roost
