#include "tools/cli/timeline.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sched/policy/reserve.hpp"
#include "sched/policy/spec.hpp"
#include "tools/cli/seat_text.hpp"

namespace roost {
namespace {

bool takes_pcpus(TimedChange::Kind kind) {
  using Kind = TimedChange::Kind;
  return kind == Kind::Affinity || kind == Kind::Offline || kind == Kind::Online;
}

bool is_turn(TimedChange::Kind kind) { return kind == TimedChange::Kind::Start || kind == TimedChange::Kind::Stop; }

/// Follows the timeline on paper: who may run where, which pCPUs are there.
class PaperRun {
 public:
  explicit PaperRun(const ScenarioPlan& plan) : PaperRun(plan, traits_of(plan.scenario, plan.topology.all())) {}

  std::optional<Error> make(const TimedChange& change) {
    if (!takes_pcpus(change.kind)) return std::nullopt;
    if (change.kind == TimedChange::Kind::Affinity)
      if (auto error = check_in_one(change.pcpus, pools_, change.where)) return error;
    for (const std::uint32_t pcpu : change.pcpus) {
      if (change.kind == TimedChange::Kind::Offline) online_.erase(PcpuId{pcpu});
      if (change.kind == TimedChange::Kind::Online) online_.insert(PcpuId{pcpu});
    }
    if (online_.empty()) return Error{change.where + ": from then on no pCPU would be online; leave one of them"};
    for (std::size_t i = 0; i < vcpus_.size(); ++i)  // the seats of those who may be over by then are not looked at
      if (const auto vcpu = id_at<VcpuId>(i); seats_.has(vcpu) && !lives_at(vm_of(vcpus_[i]), change.at))
        seats_.finish(vcpu, Time{});
    for (Place& place : vcpus_) {
      const bool meant = place.vm == change.vm && (!change.vcpu || *change.vcpu == place.number);
      if (change.kind == TimedChange::Kind::Affinity && meant) place.allowed = PcpuSet::of(change.pcpus);
      if ((place.allowed & online_).empty() && lives_at(plan_.scenario.vms[place.vm], change.at))
        return Error{fmt::format("{}: from then on {}/{} would have no pCPU to run on: it may use {}, and none of "
                                 "them is online", change.where, plan_.scenario.vms[place.vm].name, place.number,
                                 fmt::join(ids(place.allowed), ","))};
    }
    return reseat(change);
  }

 private:
  struct Place {
    std::uint32_t vm, number;
    PcpuSet allowed;
  };
  PaperRun(const ScenarioPlan& plan, const std::vector<VcpuTraits>& vcpus)
      : plan_(plan),
        online_(plan.topology.all()),
        pools_(pools_of(plan.pools, plan.topology.pcpu_count())),
        seats_(seats_for(plan.topology, plan.runqueues(), pools_, vcpus)) {
    check(!seats_.pack(), "reservations were admitted");
    for (const VcpuTraits& of : vcpus) {
      const bool next = !vcpus_.empty() && vcpus_.back().vm == index(of.vm);
      vcpus_.push_back({static_cast<std::uint32_t>(of.vm), next ? vcpus_.back().number + 1 : 0, of.allowed});
    }
  }

  const ScenarioVm& vm_of(const Place& place) const { return plan_.scenario.vms[place.vm]; }

  std::optional<Error> reseat(const TimedChange& change) {
    const auto refused = [&](const std::optional<NoSeat>& why) -> std::optional<Error> {
      if (!why) return std::nullopt;
      const Place& place = vcpus_[index(why->vcpu)];
      return Error{fmt::format("{}: from then on {}", change.where,
                               seat_text(*why, fmt::format("{}/{}", vm_of(place).name, place.number)))};
    };
    const Time at = Time{} + change.at;
    if (change.kind != TimedChange::Kind::Affinity) {
      for (const std::uint32_t pcpu : change.pcpus)
        if (auto error = refused(seats_.set_online(PcpuId{pcpu}, change.kind == TimedChange::Kind::Online, at)))
          return error;
      return std::nullopt;
    }
    for (std::size_t i = 0; i < vcpus_.size(); ++i)
      if (const auto vcpu = id_at<VcpuId>(i); seats_.has(vcpu))
        if (auto error = refused(seats_.set_allowed(vcpu, vcpus_[i].allowed, at))) return error;
    return std::nullopt;
  }

  static std::vector<std::uint32_t> ids(const PcpuSet& set) {
    std::vector<std::uint32_t> out;
    set.for_each([&](PcpuId pcpu) { out.push_back(static_cast<std::uint32_t>(pcpu)); });
    return out;
  }
  /// Certainly: it is to start, or its scripts never end by themselves.
  bool lives_at(const ScenarioVm& vm, Duration at) const {
    const Life& last = vm.lives.back();
    if (vm.scripts.empty() || (last.stops_at && *last.stops_at <= at)) return false;
    if (at < last.starts_at) return true;
    for (const std::uint32_t script : vm.scripts)
      if (!never_ends(plan_.scenario, plan_.scenario.scripts[script])) return false;
    return true;
  }

  const ScenarioPlan& plan_;
  PcpuSet online_;
  Pools pools_;
  Seats seats_;
  std::vector<Place> vcpus_;
};

std::optional<Error> check_policy(const TimedChange& change, const Catalog& catalog) {
  if (change.kind != TimedChange::Kind::Policy) return std::nullopt;
  if (change.policy == kHostPolicy)
    return Error{change.where + ": Linux cannot take over while it runs; name one of ours ('roost policies')"};
  const Result<PolicySpec> spec = parse_policy_spec(change.policy, catalog);
  if (!spec) return Error{change.where + ": " + spec.error().sentence};
  return std::nullopt;
}

}  // namespace

void Timeline::act() {
  const TimedChange& change = scenario_.changes[at_++];
  if (is_turn(change.kind))  // its own agenda, of the same moment, makes it
    return note(change, fmt::format("{}: {}", scenario_.vms[change.vm].name,
                                    change.kind == TimedChange::Kind::Start ? "start" : "stop"), {});
  world_([&](RunChanges& world) { make(change, world); });
}

void Timeline::make(const TimedChange& change, RunChanges& world) {
  if (!change.of_traits()) return make_of_host(change, world);
  const std::string& vm = scenario_.vms[change.vm].name;
  const std::string whose = change.vcpu ? fmt::format("{}/{}", vm, *change.vcpu) : vm;
  ChangeAnswer answer;
  const ScenarioVm& of = scenario_.vms[change.vm];
  for (std::uint32_t number = 0; number < of.vcpus + of.spare_vcpus && answer.done; ++number) {
    if (change.vcpu && *change.vcpu != number) continue;
    const auto vcpu = id_at<VcpuId>(index(workload_.first_of(VmId{change.vm})) + number);
    answer = change.kind == TimedChange::Kind::Weight     ? world.set_weight(vcpu, change.weight)
             : change.kind == TimedChange::Kind::Affinity ? world.set_allowed(vcpu, PcpuSet::of(change.pcpus))
                                                          : world.set_preferred(vcpu, PcpuSet::of(change.pcpus));
  }
  const char* const kind = change.kind == TimedChange::Kind::Affinity ? "affinity" : "soft affinity";
  note(change, change.kind == TimedChange::Kind::Weight
                   ? fmt::format("{}: weight {}", whose, value(change.weight))
                   : fmt::format("{}: {} {}", whose, kind, fmt::join(change.pcpus, ",")),
       answer);
}

void Timeline::make_of_host(const TimedChange& change, RunChanges& world) {
  if (change.kind == TimedChange::Kind::Policy) {
    const auto pool = pool_named(change.pool, plan_.pools, change.where);
    check(pool.has_value(), "a planned change names a pool that is there");
    return note(change, (change.pool.empty() ? "" : "pool " + change.pool + ": ") + "policy " + change.policy,
                world.set_policy(plan_.make(change.policy, seed_, *pool)));
  }
  const bool online = change.kind == TimedChange::Kind::Online;
  for (const std::uint32_t pcpu : change.pcpus)
    note(change, fmt::format("pCPU {} {}", pcpu, online ? "online" : "offline"),
         world.set_online(PcpuId{pcpu}, online));
}

void Timeline::note(const TimedChange& change, std::string what, const ChangeAnswer& answer) {
  std::string refused;
  if (!answer.done) {
    const Workload::Role role = workload_.role(answer.no_seat ? answer.no_seat->vcpu : answer.homeless);
    const std::string who = fmt::format("{}/{}", scenario_.vms[index(role.traits.vm)].name, role.number);
    refused = answer.no_seat ? seat_text(*answer.no_seat, who) : who + " would have no online pCPU to run on";
  }
  outcomes_.push_back({change.at, std::move(what), std::move(refused)});
}

std::optional<Error> check_timeline(const ScenarioPlan& plan) {
  const std::size_t pcpus = plan.topology.pcpu_count();
  PaperRun run(plan);
  for (const TimedChange& change : plan.scenario.changes) {
    if (plan.policy == kHostPolicy && plan.scenario.world == WorldKind::Live && !is_turn(change.kind))
      return Error{change.where + ": under policy host Linux schedules, and nothing can be changed while it runs"};
    if (auto error = check_policy(change, plan.catalog)) return error;
    if (auto pool = pool_named(change.pool, plan.pools, change.where); !pool) return pool.error();
    for (const std::uint32_t pcpu : change.pcpus)
      if (pcpu >= pcpus)
        return Error{fmt::format("{}: there is no pCPU {}; this host has 0 to {}", change.where, pcpu, pcpus - 1)};
    if (auto error = run.make(change)) return error;
  }
  return std::nullopt;
}

}  // namespace roost
