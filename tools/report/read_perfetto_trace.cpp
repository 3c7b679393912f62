// Of a Perfetto trace the process tree (names), the compact_sched bundles and the policies, which alone have their
// names in place; everything else is passed over.

#include <map>

#include <fmt/format.h>

#include "tools/report/proto_reader.hpp"
#include "tools/report/recorded_trace.hpp"
#include "tools/report/trace_names.hpp"

namespace roost {
namespace {

using Field = ProtoReader::Field;
using Column = std::vector<std::uint64_t>;

constexpr const char* kBroken = "this is no Perfetto trace, or a part of one: its bytes do not make messages";
constexpr const char* kColumns = "a bundle of switches is broken: its columns do not fit together";

/// Visits every field of `message`; false if it is none, or if a visit says so.
template <typename F>
bool each(std::string_view message, F visit) {
  ProtoReader reader(message);
  while (const auto field = reader.next())
    if (!visit(*field)) return false;
  return !reader.broken();
}

class PerfettoReader {
 public:
  Result<RecordedTrace> read(std::string_view bytes) {
    const bool whole = each(bytes, [&](const Field& field) {
      if (field.number != 1 || !field.has_bytes) return fail(kBroken);
      return each(field.bytes, [&](const Field& part) { return packet(part); });
    });
    if (wrong_) return *wrong_;
    if (!whole) return Error{kBroken};
    for (Event& event : out_.events)
      if (event.vcpu != kNoVcpu && !resolve(event)) return *wrong_;
    return std::move(out_);
  }

 private:
  bool fail(std::string sentence) {
    if (!wrong_) wrong_ = Error{std::move(sentence)};
    return false;
  }

  bool packet(const Field& part) {
    if (part.number == 1 && part.has_bytes) return bundle(part.bytes);
    if (part.number == 8) stamp_ = part.value;  // before what it is of
    if (part.number == 11 && part.has_bytes) return instant(part.bytes);
    if (part.number == 2 && part.has_bytes)
      return each(part.bytes, [&](const Field& field) {
        if (field.number == 1 && field.has_bytes) return process(field.bytes);
        if (field.number == 2 && field.has_bytes) return thread(field.bytes);
        return true;
      });
    if (part.number == 60 && part.has_bytes)  // a track
      return each(part.bytes, [&](const Field& field) {
        if (field.number == 2 && field.has_bytes)
          if (std::string words = cut_named(field.bytes); !words.empty()) out_.cut = std::move(words);
        return true;
      });
    return true;
  }

  bool instant(std::string_view bytes) {
    return each(bytes, [&](const Field& field) {
      if (field.number != 23 || !field.has_bytes || !field.bytes.starts_with(kPolicyEvent)) return true;
      if (stamp_ > kLatestTracedNs) return fail("a policy comes later than any run lasts");
      return add_policy(out_, field.bytes, time_at(static_cast<std::int64_t>(stamp_))) ||
             fail("it names more policies than any run has");
    });
  }

  bool process(std::string_view bytes) {
    std::uint64_t pid = 0;
    std::string name;
    const bool good = each(bytes, [&](const Field& field) {
      if (field.number == 1) pid = field.value;
      if (field.number == 3) name = field.bytes;
      return true;
    });
    vms_[pid] = name;
    return good;
  }

  bool thread(std::string_view bytes) {
    std::uint64_t tid = 0, pid = 0;
    std::string name;
    const bool good = each(bytes, [&](const Field& field) {
      if (field.number == 1) tid = field.value;
      if (field.number == 2) name = field.bytes;
      if (field.number == 3) pid = field.value;
      return true;
    });
    const auto vm = vms_.find(pid);
    if (tids_.try_emplace(tid, id_at<VcpuId>(out_.vcpus.size())).second)
      out_.vcpus.push_back({vm == vms_.end() ? "" : vm->second, name});
    return good;
  }

  bool bundle(std::string_view bytes) {
    std::uint64_t cpu = kMostTracedPcpus;
    std::vector<std::string_view> compacts;
    const bool good = each(bytes, [&](const Field& field) {
      if (field.number == 1) cpu = field.value;
      if (field.number == 4 && field.has_bytes) compacts.push_back(field.bytes);
      return true;
    });
    if (!good) return false;
    for (const std::string_view compact : compacts)
      if (!columns(cpu, compact)) return false;
    return true;
  }

  bool columns(std::uint64_t cpu, std::string_view bytes) {
    std::map<std::uint32_t, Column> by_field;
    const bool good = each(bytes, [&](const Field& field) {
      if (!field.has_bytes || field.number == 5) return true;  // 5: names, which the process tree has too
      auto column = ProtoReader::packed(field.bytes);
      if (!column) return fail(kColumns);
      by_field[field.number] = std::move(*column);
      return true;
    });
    return good && switches(cpu, by_field) && wakeups(by_field);
  }

  bool switches(std::uint64_t cpu, std::map<std::uint32_t, Column>& by_field) {
    const Column &times = by_field[1], &states = by_field[2], &tids = by_field[3];
    if (times.size() != states.size() || times.size() != tids.size()) return fail(kColumns);
    std::uint64_t now = 0;
    for (std::size_t i = 0; i < times.size(); ++i) {
      const SwitchOut why = states[i] == 0 ? SwitchOut::Preempted
                            : states[i] == 1 ? SwitchOut::Blocked : SwitchOut::Finished;
      now += times[i];
      if (!add(now, cpu, {.at = {}, .vcpu = by_tid(tids[i]), .kind = EventKind::Switch,
                          .detail = static_cast<std::uint8_t>(why)}))
        return false;
    }
    return true;
  }

  bool wakeups(std::map<std::uint32_t, Column>& by_field) {
    const Column &times = by_field[7], &tids = by_field[8], &targets = by_field[9];
    if (times.size() != tids.size() || times.size() != targets.size()) return fail(kColumns);
    std::uint64_t now = 0;
    for (std::size_t i = 0; i < times.size(); ++i) {
      now += times[i];
      if (tids[i] == 0) return fail("nobody is woken");
      if (!add(now, targets[i], {.at = {}, .vcpu = by_tid(tids[i]), .kind = EventKind::Wakeup})) return false;
    }
    return true;
  }

  bool add(std::uint64_t at, std::uint64_t cpu, Event event) {
    if (cpu >= kMostTracedPcpus || at > kLatestTracedNs)
      return fail(fmt::format("pCPU {} at {} ns is out of all range", cpu, at));
    event.at = time_at(static_cast<std::int64_t>(at));
    event.pcpu = id_at<PcpuId>(cpu);
    out_.pcpus = std::max<std::size_t>(out_.pcpus, cpu + 1);
    out_.events.push_back(event);
    return true;
  }

  /// A place in seen_, until the whole process tree is known.
  VcpuId by_tid(std::uint64_t tid) {
    if (tid == 0) return kNoVcpu;
    const auto [place, fresh] = seen_at_.try_emplace(tid, id_at<VcpuId>(seen_.size()));
    if (fresh) seen_.push_back(tid);
    return place->second;
  }
  bool resolve(Event& event) {
    const auto known = tids_.find(seen_[event.vcpu]);
    if (known == tids_.end())
      return fail(fmt::format("thread {} runs but has no name: a trace of something else", seen_[event.vcpu]));
    event.vcpu = known->second;
    return true;
  }

  RecordedTrace out_;
  std::optional<Error> wrong_;
  std::uint64_t stamp_ = 0;  // of the packet that is being read
  std::map<std::uint64_t, std::string> vms_;
  std::map<std::uint64_t, VcpuId> tids_, seen_at_;
  IdVector<VcpuId, std::uint64_t> seen_;
};

}  // namespace

Result<RecordedTrace> read_perfetto_trace(std::string_view bytes) { return PerfettoReader().read(bytes); }

}  // namespace roost
