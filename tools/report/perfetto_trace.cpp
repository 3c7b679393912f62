#include "tools/report/perfetto_trace.hpp"

#include <map>
#include <vector>

#include <fmt/format.h>

#include "tools/report/compact_sched.hpp"
#include "tools/report/perfetto_ids.hpp"
#include "tools/report/protobuf.hpp"
#include "tools/report/report_totals.hpp"
#include "tools/report/trace_names.hpp"

namespace roost {
namespace {

constexpr std::size_t kMostPcpus = 1024;  // the importer refuses cpu >= 1024

/// Field numbers of perfetto.protos, by message.
namespace field {
constexpr std::uint32_t kTracePacket = 1;
namespace packet {
constexpr std::uint32_t kProcessTree = 2, kTimestamp = 8, kSequence = 10, kTrackEvent = 11, kInterned = 12;
constexpr std::uint32_t kFlags = 13, kTrackDescriptor = 60;
}  // namespace packet
namespace tree {
constexpr std::uint32_t kProcess = 1, kThread = 2;
constexpr std::uint32_t kPid = 1, kCommandLine = 3;         // of a process
constexpr std::uint32_t kTid = 1, kName = 2, kThreadOf = 3;  // of a thread
}  // namespace tree
namespace track {
constexpr std::uint32_t kUuid = 1, kName = 2, kThread = 4, kCounter = 8;
constexpr std::uint32_t kThreadPid = 1, kThreadTid = 2, kThreadName = 5;
}  // namespace track
namespace event {
constexpr std::uint32_t kType = 9, kNameIid = 10, kTrack = 11, kCounterValue = 30;
constexpr std::int64_t kInstant = 3, kCounter = 4;
}  // namespace event
namespace interned {
constexpr std::uint32_t kEventName = 2, kIid = 1, kName = 2;
}  // namespace interned
}  // namespace field

constexpr std::int64_t kStateCleared = 1, kNeedsState = 2;  // sequence flags

class PerfettoWriter {
 public:
  explicit PerfettoWriter(const FinishedRun& run) : run_(run), sched_(run), lengths_(run.report.pcpus.size()) {}

  std::string write() {
    process_tree();
    tracks();
    for (const Event& event : run_.events) add(event);
    for (const ProtoMessage& bundle : sched_.finish()) packet(bundle);
    return std::move(out_);
  }

 private:
  void packet(const ProtoMessage& message) {
    out_ += ProtoMessage().message(field::kTracePacket, message).text();
  }

  void process_tree() {
    namespace f = field::tree;
    ProtoMessage tree;
    const auto& vcpus = run_.report.vcpus;
    for (VcpuId v{0}; v < vcpus.end_id(); v = id_at<VcpuId>(index(v) + 1)) {
      const VcpuId vm = first_of_vm(run_.report, v);
      if (vm == v)
        tree.message(f::kProcess, ProtoMessage().integer(f::kPid, thread_id(v)).bytes(f::kCommandLine, vcpus[v].vm));
      tree.message(f::kThread, ProtoMessage()
                                   .integer(f::kTid, thread_id(v))
                                   .bytes(f::kName, label_of(vcpus[v]))
                                   .integer(f::kThreadOf, thread_id(vm)));
    }
    packet(ProtoMessage()
               .integer(field::packet::kSequence, kSchedSequence)
               .message(field::packet::kProcessTree, tree));
  }

  /// `descriptor` with everything but its id.
  void track(std::int64_t uuid, ProtoMessage descriptor) {
    descriptor.integer(field::track::kUuid, uuid);
    packet(ProtoMessage()
               .integer(field::packet::kSequence, kEventSequence)
               .message(field::packet::kTrackDescriptor, descriptor));
  }

  ProtoMessage thread_of(VcpuId vcpu) const {
    namespace f = field::track;
    return ProtoMessage()
        .integer(f::kThreadPid, thread_id(first_of_vm(run_.report, vcpu)))
        .integer(f::kThreadTid, thread_id(vcpu))
        .bytes(f::kThreadName, label_of(run_.report.vcpus[vcpu]));
  }

  void tracks() {
    namespace f = field::track;
    packet(ProtoMessage()
               .integer(field::packet::kSequence, kEventSequence)
               .integer(field::packet::kFlags, kStateCleared));
    for (VcpuId v{0}; v < run_.report.vcpus.end_id(); v = id_at<VcpuId>(index(v) + 1))
      track(vcpu_track(v), ProtoMessage().message(f::kThread, thread_of(v)));
    for (PcpuId p{0}; p < run_.report.pcpus.end_id(); p = id_at<PcpuId>(index(p) + 1)) {
      track(queue_track(p), ProtoMessage()
                                .bytes(f::kName, fmt::format("pCPU {} waiting", index(p)))
                                .message(f::kCounter, ProtoMessage()));
      track(kick_track(p), ProtoMessage().bytes(f::kName, fmt::format("pCPU {} kicks", index(p))));
    }
    track(kick_track(kNoPcpu), ProtoMessage().bytes(f::kName, "I/O kicks"));
  }

  void add(const Event& event) {
    if (const auto length = lengths_.changed(event)) counter(event.at, queue_track(event.pcpu), *length);
    switch (event.kind) {
      case EventKind::Switch: return flush(sched_.add_switch(event));
      case EventKind::Wakeup: return flush(sched_.add_wakeup(event));
      case EventKind::Migrate: return instant(event.at, vcpu_track(event.vcpu), migration_name(run_, event));
      case EventKind::Kick: return instant(event.at, kick_track(event.pcpu), kick_name(event));
      case EventKind::QueueLen: return;
    }
  }

  void flush(const std::optional<ProtoMessage>& full) {
    if (full) packet(*full);
  }

  void instant(Time at, std::int64_t track, const std::string& name) {
    namespace f = field::event;
    const auto [known, fresh] = names_.try_emplace(name, names_.size() + 1);
    ProtoMessage out = at_packet(at);
    if (fresh)
      out.message(field::packet::kInterned,
                  ProtoMessage().message(field::interned::kEventName,
                                         ProtoMessage()
                                             .integer(field::interned::kIid, known->second)
                                             .bytes(field::interned::kName, name)));
    packet(out.message(field::packet::kTrackEvent, ProtoMessage()
                                                       .integer(f::kType, f::kInstant)
                                                       .integer(f::kNameIid, known->second)
                                                       .integer(f::kTrack, track)));
  }

  void counter(Time at, std::int64_t track, std::int64_t value) {
    namespace f = field::event;
    packet(at_packet(at).message(field::packet::kTrackEvent, ProtoMessage()
                                                                 .integer(f::kType, f::kCounter)
                                                                 .integer(f::kTrack, track)
                                                                 .integer(f::kCounterValue, value)));
  }

  ProtoMessage at_packet(Time at) {
    ProtoMessage out;
    out.integer(field::packet::kTimestamp, nanoseconds(at))
        .integer(field::packet::kSequence, kEventSequence)
        .integer(field::packet::kFlags, kNeedsState);
    return out;
  }

  const FinishedRun& run_;
  CompactSched sched_;
  QueueLengths lengths_;
  std::map<std::string, std::int64_t> names_;  // interned
  std::string out_;
};

}  // namespace

Result<std::string> perfetto_trace(const FinishedRun& run) {
  if (run.report.pcpus.size() > kMostPcpus)
    return Error{fmt::format("a Perfetto trace shows at most {} CPUs and this run has {}; write Chrome JSON instead "
                             "(--trace FILE.json)", kMostPcpus, run.report.pcpus.size())};
  return PerfettoWriter(run).write();
}

}  // namespace roost
