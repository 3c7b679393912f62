#include "tools/report/perfetto_trace.hpp"

#include <map>
#include <vector>

#include <fmt/format.h>

#include "tools/report/compact_sched.hpp"
#include "tools/report/perfetto_ids.hpp"
#include "tools/report/protobuf.hpp"
#include "tools/report/report_totals.hpp"
#include "tools/report/trace_flows.hpp"
#include "tools/report/trace_names.hpp"

namespace roost {
namespace {

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
constexpr std::uint32_t kType = 9, kNameIid = 10, kTrack = 11;
constexpr std::uint32_t kName = 23, kCounterValue = 30, kFlow = 47, kFlowEnd = 48;
constexpr std::int64_t kInstant = 3, kCounter = 4;
}  // namespace event
namespace interned {
constexpr std::uint32_t kEventName = 2, kIid = 1, kName = 2;
}  // namespace interned
}  // namespace field

constexpr std::int64_t kStateCleared = 1, kNeedsState = 2;  // sequence flags

class PerfettoWriter {
 public:
  explicit PerfettoWriter(const FinishedRun& run)
      : run_(run),
        vms_(first_of_vms(run.report)),
        sched_(run),
        lengths_(run),
        flows_(kick_flows(run.events)) {}

  std::string write() {
    process_tree();
    tracks();
    for (std::size_t i = 0; i < run_.events.size(); ++i) add(i);
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
      const VcpuId vm = vms_[v];
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
        .integer(f::kThreadPid, thread_id(vms_[vcpu]))
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
      if (!run_.traced.shows(p)) continue;
      track(kick_track(p), ProtoMessage().bytes(f::kName, fmt::format("pCPU {} kicks", index(p))));
      track(move_track(p), ProtoMessage().bytes(f::kName, fmt::format("pCPU {} moves", index(p))));
    }
    for (std::size_t i = 0; i < lengths_.runqueues(); ++i)
      if (const auto rq = id_at<RunqueueId>(i); lengths_.shown(rq))
        track(queue_track(rq), ProtoMessage().bytes(f::kName, lengths_.name(rq)).message(f::kCounter, ProtoMessage()));
    if (const std::string words = cut_words(run_); !words.empty())
      track(track_id(TrackKind::Cut, 0), ProtoMessage().bytes(f::kName, std::string(kCutMark) + words));
    track(kick_track(kNoPcpu), ProtoMessage().bytes(f::kName, "kicks from elsewhere"));
    track(move_track(kNoPcpu), ProtoMessage().bytes(f::kName, "moves elsewhere"));
    if (!run_.report.policy_changes.empty()) track(kHostTrack, ProtoMessage().bytes(f::kName, "policy"));
  }

  void add(std::size_t position) {
    const Event& event = run_.events[position];
    if (const auto length = lengths_.changed(event))
      counter(event.at, queue_track(length->runqueue), length->vcpus);
    switch (event.kind) {
      case EventKind::Switch:
        if (flows_[position] != 0)
          instant({event.at, kick_track(event.pcpu), 0, flows_[position]}, occupant_name(run_, event.vcpu) + " runs");
        return flush(sched_.add_switch(event));
      case EventKind::Wakeup: return flush(sched_.add_wakeup(event));
      case EventKind::Migrate: return migration(event, migration_flow(position));
      case EventKind::Kick:
        return instant({event.at, kick_track(shown(event.pcpu)), flows_[position], 0}, kick_name(event));
      case EventKind::QueueLen: return;
      case EventKind::Policy: return policy(event);
    }
  }

  void flush(const std::optional<ProtoMessage>& full) {
    if (full) packet(*full);
  }

  /// What lies outside the trace shares a track.
  PcpuId shown(PcpuId pcpu) const { return run_.traced.shows(pcpu) ? pcpu : kNoPcpu; }

  /// On the vCPU's track, and from one pCPU's track to the other's.
  void migration(const Event& event, std::uint64_t flow) {
    instant({event.at, vcpu_track(event.vcpu), 0, 0}, migration_name(run_, event));
    const std::string who = occupant_name(run_, event.vcpu);
    instant({event.at, move_track(shown(event.pcpu)), flow, 0}, who + " leaves");
    instant({event.at, move_track(shown(event.other)), 0, flow}, who + " comes");
  }

  struct Instant {
    Time at;
    std::int64_t track;
    std::uint64_t begins, ends;  // flows; 0: none
  };
  void instant(const Instant& what, const std::string& name) {
    namespace f = field::event;
    const auto [known, fresh] = names_.try_emplace(name, names_.size() + 1);
    ProtoMessage out = at_packet(what.at);
    if (fresh)
      out.message(field::packet::kInterned,
                  ProtoMessage().message(field::interned::kEventName,
                                         ProtoMessage()
                                             .integer(field::interned::kIid, known->second)
                                             .bytes(field::interned::kName, name)));
    ProtoMessage event;
    event.integer(f::kType, f::kInstant).integer(f::kNameIid, known->second).integer(f::kTrack, what.track);
    if (what.begins != 0) event.fixed64(f::kFlow, what.begins);
    if (what.ends != 0) event.fixed64(f::kFlowEnd, what.ends);
    packet(out.message(field::packet::kTrackEvent, event));
  }

  /// Its name is in place, where a reader finds it without a table.
  void policy(const Event& event) {
    namespace f = field::event;
    packet(at_packet(event.at).message(field::packet::kTrackEvent, ProtoMessage()
                                                                       .integer(f::kType, f::kInstant)
                                                                       .integer(f::kTrack, kHostTrack)
                                                                       .bytes(f::kName, policy_name(run_, event))));
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
  IdVector<VcpuId, VcpuId> vms_;  // by their first vCPUs
  CompactSched sched_;
  QueueLengths lengths_;
  std::vector<std::uint32_t> flows_;  // of kicks, by event
  std::map<std::string, std::int64_t> names_;  // interned
  std::string out_;
};

}  // namespace

Result<std::string> perfetto_trace(const FinishedRun& run) {
  for (std::size_t p = kMostPerfettoPcpus; p < run.report.pcpus.size(); ++p)
    if (run.traced.shows(id_at<PcpuId>(p)))
      return Error{fmt::format("a Perfetto trace shows pCPUs 0 to {} and this one is of pCPU {} too; choose with "
                               "--trace-cpus, or write Chrome's format (--trace FILE.json)",
                               kMostPerfettoPcpus - 1, p)};
  return PerfettoWriter(run).write();
}

}  // namespace roost
