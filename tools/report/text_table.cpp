#include "tools/report/text_table.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "sched/vocabulary/check.hpp"

namespace roost {

TextTable& TextTable::column(std::string title, Align align) {
  columns_.push_back({std::move(title), align});
  return *this;
}

void TextTable::row(std::vector<std::string> cells) {
  check(cells.size() == columns_.size(), "a row has a cell for every column");
  rows_.push_back(std::move(cells));
}

std::string TextTable::text() const {
  std::vector<std::string> titles;
  std::vector<std::size_t> widths;
  for (const Column& column : columns_) {
    titles.push_back(column.title);
    widths.push_back(column.title.size());
  }
  for (const auto& cells : rows_)
    for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], cells[i].size());
  std::string out = line(titles, widths);
  for (const auto& cells : rows_) out += line(cells, widths);
  return out;
}

std::string TextTable::line(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) const {
  std::string out;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) out += "  ";
    out += columns_[i].align == Align::Left ? fmt::format("{:<{}}", cells[i], widths[i])
                                            : fmt::format("{:>{}}", cells[i], widths[i]);
  }
  out.erase(out.find_last_not_of(' ') + 1);
  return out + '\n';
}

}  // namespace roost
