// The room: rows of cells as aligned columns.
// Invariants: every row has a cell per column; no line ends in blanks.
#pragma once

#include <string>
#include <vector>

namespace roost {

enum class Align { Left, Right };

class TextTable {
 public:
  TextTable& column(std::string title, Align align = Align::Right);
  void row(std::vector<std::string> cells);
  /// A title line and the rows, two blanks between columns.
  std::string text() const;

 private:
  struct Column {
    std::string title;
    Align align;
  };
  std::string line(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace roost
