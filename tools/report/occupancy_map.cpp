#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "tools/report/trace_view.hpp"

namespace roost {
namespace {

constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::size_t kOfTwo = 26 * kDigits.size();  // vCPUs that two characters tell apart

/// A0, B0 ... Z0, A1 ...: as perf has them, and on with small and capital letters; where that is not enough, of three.
std::string short_name(std::size_t number, std::size_t width) {
  std::string name(1, static_cast<char>('A' + number % 26));
  number /= 26;
  for (; name.size() < width; number /= kDigits.size()) name += kDigits[number % kDigits.size()];
  return name;
}

class OccupancyMap {
 public:
  OccupancyMap(const RecordedTrace& trace, const TraceChoice& choice)
      : trace_(trace),
        choice_(choice),
        width_(trace.vcpus.size() > kOfTwo ? 3 : 2),
        names_(trace.vcpus.size()),
        current_(trace.pcpus) {
    for (std::size_t p = 0; p < trace.pcpus; ++p)
      if (choice.shows(id_at<PcpuId>(p))) columns_.push_back(id_at<PcpuId>(p));
  }

  std::string text() {
    for (const Event& event : trace_.events) {
      if (event.kind != EventKind::Switch || !choice_.shows(event.pcpu)) continue;
      current_[event.pcpu] = event.vcpu;
      if (choice_.shows(event.at)) line(event);
    }
    return std::move(out_) + edge_words(trace_);
  }

 private:
  void line(const Event& event) {
    std::string legend;
    for (const PcpuId pcpu : columns_)
      out_ += fmt::format("{}{:<{}}", pcpu == event.pcpu ? '*' : ' ', cell(current_[pcpu], legend), width_ + 1);
    out_ += fmt::format("{:>6}.{:09} secs{}\n", nanoseconds(event.at) / 1'000'000'000,
                        nanoseconds(event.at) % 1'000'000'000, legend);
  }

  std::string cell(const std::optional<VcpuId>& vcpu, std::string& legend) {
    if (!vcpu) return "";
    if (*vcpu == kNoVcpu) return ".";
    const RecordedVcpu& who = trace_.vcpus[*vcpu];
    if (!choice_.shows(who)) return "-";
    std::string& name = names_[*vcpu];
    if (name.empty()) {
      name = short_name(given_++, width_);
      legend += fmt::format("  {} => {}", name, who.label);
    }
    return name;
  }

  const RecordedTrace& trace_;
  const TraceChoice& choice_;
  std::size_t width_, given_ = 0;
  IdVector<VcpuId, std::string> names_;               // given at first sight
  IdVector<PcpuId, std::optional<VcpuId>> current_;   // nothing: not seen yet
  std::vector<PcpuId> columns_;
  std::string out_;
};

}  // namespace

std::string occupancy_map(const RecordedTrace& trace, const TraceChoice& choice) {
  return OccupancyMap(trace, choice).text();
}

}  // namespace roost
