#include "tools/cli/run_options.hpp"

#include <fmt/format.h>

#include "sched/policy/catalog.hpp"
#include "sched/policy/nearest_name.hpp"
#include "sched/policy/other_names.hpp"
#include "sched/policy/spec.hpp"
#include "tools/cli/plugins.hpp"
#include "tools/cli/quantities.hpp"

namespace roost {
namespace {

constexpr const char* kExamples = R"(A VM as text:
  --vm [NAME=]GUEST[,vcpus=N][,weight=N][,memory=SIZE][,args=TEXT][,affinity=PCPUS][,firmware=FILE]
  Inside args write ';' for a blank, inside affinity for a comma (and quote it for the shell).
  --vcpus, --memory, --weight, --args and --firmware are the defaults of every --vm.

Exit code: the guest's own (of several VMs the first, in order, that is not 0); 2 for bad usage or input;
124 if --time-limit ends guests that still ran; 125 if all that is left waits for each other (scripts; guests in
virtual time only); 130 after Ctrl-C, which still prints what was measured (a second one does not).
Of a scenario file the time limit, its own or --time-limit in its place, is the normal end: 0, or the code of a guest
in it that had ended by then.
70 with a story if a discipline broke its contract ('roost policies check'), or Roost one of its invariants.

Examples:
  roost run lock_fight --vcpus 4 --pcpus 2
  roost run --vm a=spin,vcpus=2,weight=300 --vm b=spin,vcpus=2 --pcpus 2
  roost run --vm 'a=spin,args=rounds=10;size=3,affinity=0' --vm b=ping_pong,vcpus=2
  roost run barrier_storm --vcpus 8 --pcpus 4 --topology "node:2 core:2" --trace run.pftrace
  roost run spin --vcpus 8 --pcpus 4 --trace run.pftrace --trace-window 5ms..20ms --trace-cpus 0-1
  roost run ./kernel.elf --memory 256M --time-limit 10s --json run.json
  roost run payload.elf --firmware /usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.elf --vcpus 4
  roost run lock_fight --vcpus 4 --pcpus 2 --policy host          (the same, scheduled by Linux)
  roost run lock_fight --vcpus 8 --world "sim:node:2 core:4"      (on a simulated host, in virtual time)
  roost run ping_pong --vcpus 4 --world "sim:node:2 core:4" --cost ipi.cross_socket=3us
)";

void describe_machine(CLI::App& command, RunText& text) {
  const auto option = [&](const char* name, std::string& place, const char* about) {
    return command.add_option(name, place, about)->group("The machine");
  };
  command.add_option("guest", text.guest, "A toy guest ('roost guests'), an ELF file or a raw image")
      ->type_name("GUEST");
  command.add_option("--vm", text.vms, "One VM as text, see below; may be given several times")
      ->group("The machine")->type_name("SPEC")->allow_extra_args(false);
  option("--vcpus", text.vcpus, "Harts of the machine [1]")->type_name("N");
  option("--memory", text.memory, "Its RAM [128M]")->type_name("SIZE");
  option("--args", text.args, "Boot arguments: a toy guest's parameters, such as \"rounds=1000\"")->type_name("TEXT");
  option("--firmware", text.firmware, "Starts in M-mode instead of the guest: an OpenSBI image, for instance")
      ->type_name("FILE");
  option("--weight", text.weight, "Share of each vCPU beside others, 1 to 10000 [100]")->type_name("N");
  option("--seed", text.seed, "Handed to the guest as seed=N; a policy that draws lots draws by it [1]")
      ->type_name("N");
}

void describe_host(CLI::App& command, RunText& text) {
  const auto option = [&](const char* name, std::string& place, const char* about) {
    return command.add_option(name, place, about)->group("The host and its scheduler");
  };
  option("--pcpus", text.pcpus, "How many (2), or which host CPUs (0,1 or 0-3 or cpu:2) [all of the host]")
      ->type_name("N|LIST");
  option("--topology", text.topology, "Places of the pCPUs, as hwloc text (\"node:2 core:4\") or an exported FILE.xml")
      ->type_name("TEXT");
  option("--distances", text.distances, "Between its nodes, row by row, as in 10,21,21,10 [the topology's]")
      ->type_name("LIST");
  option("--policy", text.policy, "Who runs where and next ('roost policies'); host: Linux decides, a thread per vCPU")
      ->type_name("SPEC");
  option("--runqueue", text.runqueue, "Who shares one: pcpu, core, llc, node or machine [as the policy says]")
      ->type_name("PART");
  command.add_option("--plugin", text.plugins, "A discipline of your own, as a shared library (sched/README.md)")
      ->group("The host and its scheduler")->type_name("FILE.so")->allow_extra_args(false);
  option("--time-limit", text.time_limit,
         "Ends the run after this time (10s, 500ms): of guests with exit code 124; of a scenario in place of its own "
         "limit, which is its normal end (0)")
      ->type_name("TIME");
}

void describe_simulation(CLI::App& command, RunText& text) {
  constexpr const char* kGroup = "The simulated world";
  command.add_option("--world", text.world,
                     "live, or sim:TOPOLOGY (\"sim:node:2 l3:2 core:4\"): the same on a simulated host, in virtual "
                     "time, the same bytes each time [live]")
      ->group(kGroup)->type_name("WORLD");
  command.add_option("--quantum", text.quantum,
                     "How long a hart runs at one moment of virtual time: shorter is more exact and slower [10us]")
      ->group(kGroup)->type_name("TIME");
  command.add_option("--ties", text.ties,
                     "Order of events of the same time: fifo, or random (drawn from --seed; random:SEED from another) "
                     "as a stress of what may not depend on it [fifo]")
      ->group(kGroup)->type_name("ORDER");
  command.add_option("--cost", text.costs,
                     "Sets one figure of the cost model (ipi.cross_socket=3us, guest.caches=0; 'roost costs' lists "
                     "them); may be given several times")
      ->group(kGroup)->type_name("NAME=VALUE")->allow_extra_args(false);
}

void describe_output(CLI::App& command, RunText& text) {
  const auto option = [&](const char* name, std::string& place, const char* about) {
    return command.add_option(name, place, about)->group("What is seen of it");
  };
  option("--console", text.console,
         "auto: standard output (with several VMs, lines begin with the VM's name), and input if there is one VM; "
         "off; file:PATH [auto]")
      ->type_name("MODE");
  option("--json", text.json, "Writes the report as JSON")->type_name("FILE");
  describe_trace(command, text.trace);
  command.add_flag("--progress", text.progress,
                   "Tells every second on standard error how far the run has come (scenarios do so on a terminal)")
      ->group("What is seen of it");
  command.add_flag("-q,--quiet", text.quiet, "No report on standard error")->group("What is seen of it");
}

/// The values that a --vm inherits.
Result<VmSpec> vm_defaults(const RunText& text) {
  VmSpec vm;
  const auto vcpus = parse_number("--vcpus", text.vcpus, {1, kMostVcpus});
  if (!vcpus) return vcpus.error();
  const auto memory = parse_size("--memory", text.memory);
  if (!memory) return memory.error();
  const auto weight = parse_weight(text.weight);
  if (!weight) return Error{"--" + weight.error().sentence};
  vm.vcpus = static_cast<std::uint32_t>(*vcpus);
  vm.memory = *memory;
  vm.weight = *weight;
  vm.args = text.args;
  vm.firmware = text.firmware;
  return vm;
}

Result<std::vector<VmSpec>> parse_vms(const RunText& text) {
  auto defaults = vm_defaults(text);
  if (!defaults) return defaults.error();
  std::vector<VmSpec> vms;
  if (!text.guest.empty()) {
    vms.push_back(*defaults);
    vms.back().guest = text.guest;
  }
  for (const std::string& spec : text.vms) {
    auto vm = parse_vm_spec(spec, *defaults);
    if (!vm) return vm.error();
    vms.push_back(std::move(*vm));
  }
  if (vms.empty()) return Error{"nothing to run; name a guest ('roost guests' lists them) or give --vm"};
  if (const auto error = name_vms(vms)) return *error;
  return vms;
}

/// What is neither a VM nor an output.
std::optional<Error> parse_host(const RunText& text, RunOptions& options) {
  if (!text.pcpus.empty()) {
    const auto pcpus = parse_pcpu_request(text.pcpus);
    if (!pcpus) return pcpus.error();
    options.pcpus = *pcpus;
  }
  if (!text.time_limit.empty()) {
    const auto limit = parse_duration(text.time_limit);
    if (!limit) return Error{"--time-limit: " + limit.error().sentence};
    if (nanoseconds(*limit) <= 0) return Error{"--time-limit 0 leaves no time to run; leave it out for no limit"};
    options.time_limit = *limit;
  }
  if (!text.seed.empty()) {
    const auto seed = parse_number("--seed", text.seed, {0, UINT64_MAX});
    if (!seed) return seed.error();
    options.seed = *seed;
  }
  options.topology = text.topology;
  options.distances = text.distances;
  options.policy = text.policy.empty() ? std::string(kDefaultPolicy) : text.policy;
  if (text.runqueue.empty()) return std::nullopt;
  const auto granularity = parse_granularity(text.runqueue);
  if (!granularity) return Error{"--runqueue " + granularity.error().sentence};
  if (options.policy == kHostPolicy) return Error{std::string("--runqueue: ") + kNoHostRunqueues};
  options.granularity = *granularity;
  return std::nullopt;
}

std::optional<Error> refuse_in_simulation(const RunText& text, const RunOptions& options) {
  if (!text.topology.empty())
    return Error{"--topology and --world sim: both describe the host; write --world \"sim:" + text.topology + "\""};
  if (!options.pcpus.host_cpus.empty())
    return Error{"--pcpus " + text.pcpus + " names CPUs of this host; a simulated one has none, give how many"};
  if (options.policy == kHostPolicy)
    return Error{"--policy host is Linux's scheduler, which runs in real time; name one of ours ('roost policies')"};
  return std::nullopt;
}

/// --world, --quantum, --cost; the rest has been parsed.
std::optional<Error> parse_simulation(const RunText& text, RunOptions& options) {
  constexpr std::string_view kSimulated = "sim:";
  options.simulated = text.world == "sim" || text.world.starts_with(kSimulated);
  if (!options.simulated) {
    if (text.world != "live")
      return Error{"--world " + text.world + " is neither live nor sim:TOPOLOGY, as in \"sim:node:2 core:4\""};
    if (!text.quantum.empty() || !text.costs.empty() || !text.ties.empty())
      return Error{"--quantum, --ties and --cost belong to a simulated host; add --world \"sim:node:2 core:4\""};
    return std::nullopt;
  }
  if (text.world == kSimulated)
    return Error{"--world 'sim:' names no topology; write sim (a host as this one) or sim:TOPOLOGY, as in "
                 "\"sim:node:2 core:4\""};
  if (text.world.size() > kSimulated.size()) options.world = text.world.substr(kSimulated.size());
  if (!text.quantum.empty()) {
    const auto quantum = parse_quantum(text.quantum);
    if (!quantum) return quantum.error();
    options.quantum = *quantum;
  }
  const auto ties = parse_ties(text.ties, options.seed.value_or(1));
  if (!ties) return ties.error();
  options.tie_seed = *ties;
  for (const std::string& cost : text.costs)
    if (const auto error = options.costs.set(cost)) return Error{"--cost: " + error->sentence};
  return refuse_in_simulation(text, options);
}

}  // namespace

Result<std::uint64_t> parse_ties(const std::string& text, std::uint64_t seed) {
  constexpr std::string_view kSeeded = "random:";
  if (text.empty() || text == "fifo") return std::uint64_t{0};
  if (text == "random") return std::max<std::uint64_t>(seed, 1);
  if (text.starts_with(kSeeded)) return parse_number("--ties random:", text.substr(kSeeded.size()), {1, UINT64_MAX});
  return Error{"--ties '" + text + "' is neither fifo, random nor random:SEED"};
}

void describe_run(CLI::App& command, RunText& text) {
  describe_machine(command, text);
  describe_host(command, text);
  describe_simulation(command, text);
  describe_output(command, text);
  command.footer(kExamples);
}

Result<Duration> parse_quantum(const std::string& text) {
  const auto quantum = parse_duration(text);
  if (!quantum) return Error{"--quantum: " + quantum.error().sentence};
  if (nanoseconds(*quantum) >= 100 && nanoseconds(*quantum) <= 10'000'000) return *quantum;
  return Error{"--quantum " + text + ": give 100ns to 10ms"};
}

Result<Granularity> parse_granularity(const std::string& text) {
  if (const auto granularity = granularity_named(text)) return *granularity;
  std::vector<std::string_view> known;
  for (std::size_t g = 0; g < kGranularities; ++g) known.push_back(name_of(static_cast<Granularity>(g)));
  return Error{"'" + text + "' is no part of a host that shares a runqueue; " +
               suggestion(text, known, other_names_of_parts())};
}

Result<Policy> policy_of(const RunOptions& options, const Topology& topology) {
  std::size_t vcpus = 0;
  for (const VmSpec& vm : options.vms) vcpus += vm.vcpus;
  const PolicyScope scope{.topology = topology,
                          .max_vcpus = vcpus,
                          .granularity = options.granularity,
                          .seed = options.seed.value_or(1)};
  return make_policy(options.policy, scope, options.catalog);
}

Result<RunOptions> parse_run(const RunText& text) {
  RunOptions options;
  auto vms = parse_vms(text);
  if (!vms) return vms.error();
  options.vms = std::move(*vms);
  auto catalog = catalog_with(text.plugins);
  if (!catalog) return catalog.error();
  options.catalog = std::move(*catalog);
  if (const auto error = parse_host(text, options)) return *error;
  if (const auto error = parse_simulation(text, options)) return *error;
  const auto console = parse_console_mode(text.console);
  if (!console) return console.error();
  options.console = *console;
  const auto trace = parse_trace(text.trace);
  if (!trace) return trace.error();
  options.trace = *trace;
  options.progress = text.progress;
  options.json = text.json;
  options.quiet = text.quiet;
  if (options.policy == kHostPolicy && !options.trace.file.empty())
    return Error{kNoHostTrace};
  return options;
}

}  // namespace roost
