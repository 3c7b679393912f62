#include "tests/differential/random/child.hpp"
#include "tests/differential/random/engine.hpp"

namespace roost::random_programs {

Lines Qemu::run(const Image& image, std::chrono::seconds limit) {
  // RV64GC and nothing else, as far as QEMU 7.2 knows more.
  static constexpr const char* kCpu =
      "rv64,v=off,h=off,zba=off,zbb=off,zbc=off,zbs=off,sstc=off,svinval=off,svnapot=off,svpbmt=off,Zfh=off,Zfhmin=off";
  // A second hart, parked by the harness: with a single one QEMU makes an AMO of a load and a store, and reports its
  // faults as the load's.
  const TemporaryFile file(image.data(), image.size());
  std::vector<std::string> arguments{path_, "-machine", "virt", "-m", "128M", "-smp", "2", "-cpu", kCpu};
  arguments.insert(arguments.end(), {"-bios", file.path(), "-display", "none", "-monitor", "none", "-serial", "stdio"});
  if (single_step_) arguments.push_back("-singlestep");
  const ChildOutput output = run_child(arguments, limit);
  return split_lines(output.text);
}

bool Qemu::is_there() const { return run_child({path_, "--version"}, std::chrono::seconds(60)).ended; }

Lines split_lines(const std::string& text) {
  Lines lines;
  std::size_t from = 0;
  for (std::size_t to = 0; (to = text.find('\n', from)) != std::string::npos; from = to + 1) {
    std::string line = text.substr(from, to - from);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace roost::random_programs
