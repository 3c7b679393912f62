#include "sched/policy/spec.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "sched/policy/nearest_name.hpp"

namespace roost {

namespace {

struct Unit {
  std::string_view name;
  std::int64_t ns;
};
constexpr std::array<Unit, 4> kUnits{{{"s", 1'000'000'000}, {"ms", 1'000'000}, {"us", 1'000}, {"ns", 1}}};
constexpr std::array<PieceKind, 3> kKinds{PieceKind::Discipline, PieceKind::Placement, PieceKind::Balance};

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

const PieceInfo* find_piece(PieceKind kind, std::string_view name) {
  for (const PieceInfo& piece : pieces())
    if (piece.kind == kind && piece.name == name) return &piece;
  return nullptr;
}

const ConstantInfo* find_constant(const PieceInfo& piece, std::string_view name) {
  for (const ConstantInfo& constant : piece.constants)
    if (constant.name == name) return &constant;
  return nullptr;
}

/// Builds a PolicySpec, word by word.
class Parser {
 public:
  explicit Parser(std::string_view whole) : whole_(whole) {}

  Result<PolicySpec> parse() {
    std::string_view rest = whole_;
    bool good = take_preset(next_word(rest));
    while (good && !rest.empty()) {
      rest.remove_prefix(1);  // the comma
      good = take_choice(next_word(rest));
    }
    if (good && check_constants()) return spec_;
    return Error{"policy " + quoted(whole_) + ": " + problem_};
  }

 private:
  struct Constant {
    std::string_view name;
    Duration value;
  };

  static std::string_view next_word(std::string_view& rest) {
    const std::string_view word = rest.substr(0, rest.find(','));
    rest.remove_prefix(word.size());
    return word;
  }

  bool refuse(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  bool take_preset(std::string_view name) {
    std::vector<std::string_view> known;
    for (const PresetInfo& preset : presets()) {
      known.push_back(preset.name);
      if (preset.name != name) continue;
      spec_.discipline = find_piece(PieceKind::Discipline, preset.discipline);
      spec_.placement = find_piece(PieceKind::Placement, preset.placement);
      spec_.balance = find_piece(PieceKind::Balance, preset.balance);
      check(spec_.discipline && spec_.placement && spec_.balance, "a preset names pieces of the catalog");
      return true;
    }
    return refuse("the first word names a preset, and " + quoted(name) + " is none; " + suggestion(name, known));
  }

  bool take_choice(std::string_view word) {
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos)
      return refuse(quoted(word) + " chooses nothing; write name=value, such as balance=none or slice=2ms");
    const std::string_view name = word.substr(0, equals), value = word.substr(equals + 1);
    if (std::find(said_.begin(), said_.end(), name) != said_.end()) return refuse(quoted(name) + " is said twice");
    said_.push_back(name);
    for (const PieceKind kind : kKinds)
      if (name == name_of(kind)) return take_piece(kind, value);
    return take_constant(name, value);
  }

  bool take_piece(PieceKind kind, std::string_view name) {
    if (const PieceInfo* piece = find_piece(kind, name)) {
      (kind == PieceKind::Discipline  ? spec_.discipline
       : kind == PieceKind::Placement ? spec_.placement
                                      : spec_.balance) = piece;
      return true;
    }
    std::vector<std::string_view> known;
    for (const PieceInfo& piece : pieces())
      if (piece.kind == kind) known.push_back(piece.name);
    return refuse(quoted(name) + " is no " + name_of(kind) + "; " + suggestion(name, known));
  }

  bool take_constant(std::string_view name, std::string_view value) {
    const Result<Duration> duration = parse_duration(value);
    if (!duration) return refuse(std::string(name) + ": " + duration.error().sentence);
    said_constants_.push_back({name, *duration});
    return true;
  }

  /// Only now are all pieces known, whatever the order of the words.
  bool check_constants() {
    const std::array<const PieceInfo*, 3> chosen{spec_.discipline, spec_.placement, spec_.balance};
    std::vector<std::string_view> known{"discipline", "placement", "balance"};
    for (const PieceInfo* piece : chosen)
      for (const ConstantInfo& constant : piece->constants) known.push_back(constant.name);

    for (const Constant& said : said_constants_) {
      const ConstantInfo* constant = nullptr;
      for (const PieceInfo* piece : chosen)
        if (const ConstantInfo* found = find_constant(*piece, said.name)) constant = found;
      if (!constant)
        return refuse("none of " + chosen_names() + " has a constant " + quoted(said.name) + "; " +
                      suggestion(said.name, known));
      if (said.value < constant->least || said.value > constant->most)
        return refuse(std::string(said.name) + "=" + to_text(said.value) + " lies outside " + to_text(constant->least) +
                      " .. " + to_text(constant->most) + "; usual is " + to_text(constant->usual));
      spec_.constants.push_back({constant->name, said.value});
    }
    return true;
  }

  std::string chosen_names() const {
    return std::string(spec_.discipline->name) + ", " + std::string(spec_.placement->name) + ", " +
           std::string(spec_.balance->name);
  }

  std::string_view whole_;
  PolicySpec spec_;
  std::vector<std::string_view> said_;
  std::vector<Constant> said_constants_;
  std::string problem_;
};

}  // namespace

Duration PolicySpec::constant(const PieceInfo& piece, std::string_view name) const {
  for (const ConstantValue& said : constants)
    if (said.name == name) return said.value;
  const ConstantInfo* info = find_constant(piece, name);
  check(info != nullptr, "a piece asks only for constants that its catalog line names");
  return info->usual;
}

Result<PolicySpec> parse_policy_spec(std::string_view spec) { return Parser(spec).parse(); }

Result<Duration> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  for (const Unit& known : kUnits)
    if (error == std::errc{} && unit == known.name && count >= 0 && count <= INT64_MAX / known.ns)
      return Duration(count * known.ns);
  return Error{quoted(text) + " is no span of time; write a whole number and s, ms, us or ns, such as 2ms"};
}

std::string to_text(Duration duration) {
  const std::int64_t ns = nanoseconds(duration);
  for (const Unit& unit : kUnits)
    if (ns % unit.ns == 0) return std::to_string(ns / unit.ns) + std::string(unit.name);
  return std::to_string(ns) + "ns";
}

}  // namespace roost
