// Columns of text, right-aligned but for labels in front.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "report/style.h"

namespace ringload::report {

// A figure: a sign in front ("~", or none), the value, and half of its interval ("" where there is none).
struct Cell {
  std::string value;
  std::string mark;
  std::string half;

  Cell() = default;
  Cell(std::string text) : value(std::move(text)) {}
  Cell(const char* text) : value(text) {}
};

class Table {
 public:
  struct Column {
    std::string head;
    size_t value_width = 0;  // at least
    bool left = false;
  };

  Table(const Style& style, std::vector<Column> columns) : style_(style), columns_(std::move(columns)) {}

  // As many cells as columns.
  void row(std::vector<Cell> cells) { rows_.push_back(std::move(cells)); }
  // The head, then the rows; each line begins with two spaces. Columns are two spaces apart. Where that is wider than the
  // style allows, the labels of a left first column are cut.
  std::string render() const;

 private:
  Style style_;
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

// `items` joined by `separator`, broken into lines of at most `width` columns; each line after the first begins with
// `indent` spaces and the separator's sign, if it has one. `used` columns of the first line are taken already. An item
// that is wider than a line is broken too.
std::string wrapped(const std::vector<std::string>& items, std::string_view separator, size_t used, size_t indent,
                    size_t width);
// Words of a sentence, broken the same way.
std::string wrapped_text(std::string_view text, size_t used, size_t indent, size_t width);

}  // namespace ringload::report
