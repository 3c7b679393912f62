#include "sched/policy/spec.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "sched/policy/nearest_name.hpp"
#include "sched/policy/other_names.hpp"

namespace roost {

namespace {

struct Unit {
  std::string_view name;
  std::int64_t ns;
};
constexpr std::array<Unit, 4> kUnits{{{"s", 1'000'000'000}, {"ms", 1'000'000}, {"us", 1'000}, {"ns", 1}}};

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

/// What a balancer could not heed, though others do.
struct Senseless {
  std::string_view constant, piece, why;
};
constexpr Senseless kSenseless[]{
    {"initiator", "none", "nobody plans anything"},
    {"initiator", "pull", "only who has run dry plans, and for itself alone"},
    {"initiator", "epoch", "one pCPU plans for all as it is"},
};

const ConstantInfo* find_constant(const PieceInfo& piece, std::string_view name) {
  for (const ConstantInfo& constant : piece.constants)
    if (constant.name == name) return &constant;
  return nullptr;
}

Result<std::int64_t> parse_value(const ConstantInfo& constant, std::string_view text) {
  if (constant.unit == ConstantUnit::Span) {
    const Result<Duration> duration = parse_duration(text);
    if (!duration) return duration.error();
    return duration->count();
  }
  if (constant.unit == ConstantUnit::Choice) {
    const auto word = std::ranges::find(constant.words, text);
    if (word != constant.words.end()) return word - constant.words.begin();
    return Error{quoted(text) + " is none of " + quoted_list(constant.words, "and")};
  }
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error == std::errc{} && end == text.data() + text.size()) return count;
  return Error{quoted(text) + " is no whole number"};
}

/// Takes the text apart, word by word; what it chooses is in `chosen`, by kind.
class Parser {
 public:
  Parser(std::string_view whole, const Catalog& catalog) : whole_(whole), catalog_(catalog) {}

  struct Said {
    std::string_view piece, name, value;  // piece: "" if it was not named
  };
  std::array<const PieceInfo*, kPieceKinds.size()> chosen{};
  const PresetInfo* preset = nullptr;  // that the pieces which were not named are of

  /// Empty, or what is wrong.
  std::string parse() {
    std::string_view rest = whole_;
    bool good = take_start(next_word(rest));
    while (good && !rest.empty()) {
      rest.remove_prefix(1);  // the comma
      good = take_choice(next_word(rest));
    }
    return good ? "" : problem_;
  }

  /// Sets what the preset, then what the text says of the constants of `kind`'s piece; or says what is wrong.
  std::string set_constants(PieceKind kind, ConstantValues& values) const {
    const PieceInfo& piece = *chosen[static_cast<std::size_t>(kind)];
    for (const PresetConstant& constant : preset->constants)
      if (constant.kind == kind && piece.name == preset->piece(kind)) values.set(constant.name, constant.value);
    for (const Said& said : constants_) {
      const ConstantInfo* constant = find_constant(piece, said.name);
      if (!constant || (!said.piece.empty() && said.piece != piece.name)) continue;
      const Result<std::int64_t> value = parse_value(*constant, said.value);
      if (!value) return std::string(said.name) + ": " + value.error().sentence;
      if (*value < constant->least || *value > constant->most)
        return std::string(said.name) + "=" + std::string(said.value) + " lies outside " +
               to_text(*constant, constant->least) + " .. " + to_text(*constant, constant->most) + "; usual is " +
               to_text(*constant, constant->usual);
      values.set(constant->name, *value);
    }
    return "";
  }

  /// Only once all pieces are known, whatever the order of the words: each constant belongs to one of them.
  std::string check_constants() const {
    for (const Said& said : constants_) {
      std::vector<const PieceInfo*> owners;
      for (const PieceInfo* piece : chosen)
        if ((said.piece.empty() || piece->name == said.piece) && find_constant(*piece, said.name))
          owners.push_back(piece);
      if (owners.empty()) return nobody_has(said);
      if (owners.size() > 1)
        return quoted(said.name) + " is a constant of " + std::string(owners[0]->name) + " and of " +
               std::string(owners[1]->name) + "; say which, as " + std::string(owners[0]->name) + "." +
               std::string(said.name);
      for (const Said* other = constants_.data(); other != &said; ++other)
        if (other->name == said.name && (other->piece.empty() || other->piece == owners[0]->name))
          return quoted(said.name) + " is said twice";
    }
    return "";
  }

 private:
  static std::string_view next_word(std::string_view& rest) {
    const std::string_view word = rest.substr(0, rest.find(','));
    rest.remove_prefix(word.size());
    return word;
  }
  static void add_constants(const PieceInfo& piece, std::vector<std::string_view>& names) {
    for (const ConstantInfo& constant : piece.constants) names.push_back(constant.name);
  }

  /// What is wrong with a constant that no chosen piece has.
  std::string nobody_has(const Said& said) const {
    std::vector<std::string_view> known, pieces;
    for (const PieceInfo* piece : chosen) {
      pieces.push_back(piece->name);
      add_constants(*piece, known);
    }
    for (const Senseless& of : kSenseless)
      if (said.name == of.constant && of.piece == chosen_of(PieceKind::Balance)->name &&
          (said.piece.empty() || said.piece == of.piece))
        return no_sense(of);
    if (!said.piece.empty()) return piece_has_not(said, pieces);
    if (said.name == "runqueue") return "who shares a runqueue is no part of a policy; write --runqueue " +
                                        std::string(said.value) + ", or runqueue in a scenario";
    const std::string none_has = "none of " + chosen_names() + " has a constant " + quoted(said.name) + "; ";
    if (const std::vector<std::string> others = who_has(said.name); !others.empty()) {
      const std::vector<std::string_view> names(others.begin(), others.end());
      return none_has + quoted_list(names, "and") + (names.size() == 1 ? " has one" : " have one");
    }
    for (const PieceKind kind : kPieceKinds) known.push_back(name_of(kind));
    known.push_back("place");
    return none_has + suggestion(said.name, known);
  }

  /// Those of the catalog, as they would be written.
  std::vector<std::string> who_has(std::string_view constant) const {
    std::vector<std::string> pieces;
    for (const PieceKind kind : kPieceKinds)
      for (const PieceInfo* piece : catalog_.pieces(kind))
        if (find_constant(*piece, constant))
          pieces.push_back(std::string(name_of(kind)) + "=" + std::string(piece->name));
    return pieces;
  }

  /// Such a constant, with those that have it.
  std::string no_sense(const Senseless& of) const {
    std::vector<std::string_view> others;
    for (const PieceInfo* piece : catalog_.pieces(PieceKind::Balance))
      if (find_constant(*piece, of.constant)) others.push_back(piece->name);
    return "under balance=" + std::string(of.piece) + " " + std::string(of.why) + ", so " + quoted(of.constant) +
           " says nothing; " + quoted_list(others, "and") + " have it";
  }

  /// The same of one that was written as piece.name.
  std::string piece_has_not(const Said& said, std::span<const std::string_view> pieces) const {
    for (const PieceInfo* piece : chosen)
      if (piece->name == said.piece) {
        std::vector<std::string_view> own;
        add_constants(*piece, own);
        return std::string(piece->name) + " has no constant " + quoted(said.name) + "; " + suggestion(said.name, own);
      }
    for (const PieceKind kind : kPieceKinds)
      if (catalog_.find(kind, said.piece))
        return std::string(said.piece) + " is not chosen, and sets nothing in " + chosen_names() + "; write " +
               name_of(kind) + "=" + std::string(said.piece) + " as well to choose it";
    return "there is no piece " + quoted(said.piece) + " whose " + quoted(said.name) + " could be set; " +
           suggestion(said.piece, pieces, other_names());
  }

  bool refuse(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  const PieceInfo*& chosen_of(PieceKind kind) { return chosen[static_cast<std::size_t>(kind)]; }
  const PieceInfo* chosen_of(PieceKind kind) const { return chosen[static_cast<std::size_t>(kind)]; }

  bool take_start(std::string_view name) {
    const PieceInfo* discipline = catalog_.find(PieceKind::Discipline, name);
    std::vector<std::string_view> known;
    for (const PresetInfo& known_preset : catalog_.presets) {
      known.push_back(known_preset.name);
      if (known_preset.name == name || (discipline && known_preset.name == kDefaultPolicy)) {
        take_preset(known_preset);
        if (known_preset.name != name) chosen_of(PieceKind::Discipline) = discipline;
        return true;
      }
    }
    known.push_back(kHostPolicy);
    for (const PieceInfo* piece : catalog_.pieces(PieceKind::Discipline)) known.push_back(piece->name);
    if (name == kHostPolicy)
      return refuse("'host' is Linux's own scheduler, which has no pieces, constants and contract of ours; it stands "
                    "alone, as in --policy host");
    return refuse("the first word names a preset or a discipline, and " + quoted(name) + " is none; " +
                  start_for(name, known));
  }

  /// How to write what may have been meant by a start that is none.
  std::string start_for(std::string_view name, std::span<const std::string_view> known) const {
    for (const PieceKind kind : kPieceKinds)
      if (catalog_.find(kind, name))
        return "as a " + std::string(name_of(kind)) + " write it behind one: " + std::string(kDefaultPolicy) + "," +
               name_of(kind) + "=" + std::string(name);
    const std::string_view head = name.substr(0, name.find_first_of("=.: "));
    if (head != name && std::find(known.begin(), known.end(), head) != known.end())
      return "separate words by commas, as in " + std::string(head) + ",balance=none";
    if (name.find('=') != std::string_view::npos)
      return "write one before that, as in " + std::string(kDefaultPolicy) + "," + std::string(name);
    return suggestion(name, known, other_names());
  }

  void take_preset(const PresetInfo& taken) {
    preset = &taken;
    for (const PieceKind kind : kPieceKinds) {
      chosen_of(kind) = catalog_.find(kind, taken.piece(kind));
      check(chosen_of(kind) != nullptr, "a preset names pieces of the catalog");
    }
  }

  bool take_choice(std::string_view word) {
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos)
      return refuse(quoted(word) + " chooses nothing; write name=value, such as balance=none or slice=2ms");
    const std::string_view value = word.substr(equals + 1);
    std::string_view name = word.substr(0, equals);
    if (name == "place") name = name_of(PieceKind::Placement);
    if (std::find(said_.begin(), said_.end(), name) != said_.end()) return refuse(quoted(name) + " is said twice");
    said_.push_back(name);
    for (const PieceKind kind : kPieceKinds)
      if (name == name_of(kind)) return take_piece(kind, value);
    const std::size_t dot = name.find('.');
    constants_.push_back({.piece = dot == std::string_view::npos ? "" : name.substr(0, dot),
                          .name = dot == std::string_view::npos ? name : name.substr(dot + 1),
                          .value = value});
    return true;
  }

  bool take_piece(PieceKind kind, std::string_view name) {
    chosen_of(kind) = catalog_.find(kind, name);
    if (chosen_of(kind)) return true;
    std::vector<std::string_view> known;
    for (const PieceInfo* piece : catalog_.pieces(kind)) known.push_back(piece->name);
    return refuse(quoted(name) + " is no " + name_of(kind) + "; " + suggestion(name, known, other_names()));
  }

  std::string chosen_names() const {
    std::string names;
    for (const PieceInfo* piece : chosen)
      if (piece->name != "none" || piece == chosen_of(PieceKind::Balance))  // of other kinds it is not worth a word
        names += (names.empty() ? "" : ", ") + std::string(piece->name);
    return names;
  }

  std::string_view whole_;
  const Catalog& catalog_;
  std::vector<std::string_view> said_;
  std::vector<Said> constants_;
  std::string problem_;
};

template <typename Entry>
ChosenPiece<Entry> choose(const std::vector<const Entry*>& entries, const PieceInfo* piece) {
  for (const Entry* entry : entries)
    if (&entry->info == piece) return {entry, ConstantValues(*piece)};
  check_failed("a chosen piece is the catalog's", __FILE__, __LINE__);
}

}  // namespace

Result<PolicySpec> parse_policy_spec(std::string_view text, const Catalog& catalog) {
  Parser parser(text, catalog);
  const auto refusal = [&](const std::string& problem) { return Error{"policy " + quoted(text) + ": " + problem}; };
  if (const std::string problem = parser.parse(); !problem.empty()) return refusal(problem);
  if (const std::string problem = parser.check_constants(); !problem.empty()) return refusal(problem);
  PolicySpec spec{.discipline = choose(catalog.disciplines, parser.chosen[0]),
                  .placement = choose(catalog.placements, parser.chosen[1]),
                  .balance = choose(catalog.balances, parser.chosen[2]),
                  .numa = choose(catalog.numas, parser.chosen[3]),
                  .idle = choose(catalog.idles, parser.chosen[4]),
                  .cosched = choose(catalog.coscheds, parser.chosen[5]),
                  .shares = choose(catalog.shares, parser.chosen[6]),
                  .pause = choose(catalog.pauses, parser.chosen[7]),
                  .granularity = parser.preset->granularity};
  const std::array<ConstantValues*, kPieceKinds.size()> values{
      &spec.discipline.constants, &spec.placement.constants, &spec.balance.constants, &spec.numa.constants,
      &spec.idle.constants,       &spec.cosched.constants,   &spec.shares.constants,  &spec.pause.constants};
  for (const PieceKind kind : kPieceKinds) {
    const std::string problem = parser.set_constants(kind, *values[static_cast<std::size_t>(kind)]);
    if (!problem.empty()) return refusal(problem);
  }
  return spec;
}

Result<Duration> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  for (const Unit& known : kUnits)
    if (error == std::errc{} && unit == known.name && count >= 0 && count <= INT64_MAX / known.ns)
      return Duration(count * known.ns);
  return Error{quoted(text) + " is no span of time; write a whole number and s, ms, us or ns, such as 2ms"};
}

std::string to_text(const ConstantInfo& constant, std::int64_t value) {
  switch (constant.unit) {
    case ConstantUnit::Span: return to_text(Duration(value));
    case ConstantUnit::Count: return std::to_string(value);
    case ConstantUnit::Choice: return std::string(constant.words[static_cast<std::size_t>(value)]);
  }
  check_failed("a constant has a unit", __FILE__, __LINE__);
}

std::string to_text(Duration duration) {
  const std::int64_t ns = nanoseconds(duration);
  for (const Unit& unit : kUnits)
    if (ns % unit.ns == 0) return std::to_string(ns / unit.ns) + std::string(unit.name);
  return std::to_string(ns) + "ns";
}

}  // namespace roost
