#include "report/table.h"

#include <algorithm>

namespace ringload::report {
namespace {

// Appends a text that is wider than a line, broken where the line ends. `column` is where the last line ends.
void append_broken(std::string& out, std::string_view text, size_t& column, size_t indent, size_t width) {
  for (size_t i = 0; i < text.size();) {
    size_t next = i + 1;
    if (text[i] == '\x1b') {
      next = std::min(text.find('m', i), text.size() - 1) + 1;
    } else {
      while (next < text.size() && (static_cast<unsigned char>(text[next]) & 0xc0) == 0x80) ++next;
      if (column == width) {
        out += '\n';
        out.append(indent, ' ');
        column = indent;
      }
      ++column;
    }
    out += text.substr(i, next - i);
    i = next;
  }
}

}  // namespace

std::string Table::render() const {
  struct Width {
    size_t mark = 0, value = 0, half = 0;
  };
  const std::string_view plus_minus = signs(style_).plus_minus;
  std::vector<Width> widths(columns_.size());
  for (size_t i = 0; i < columns_.size(); ++i) {
    Width& width = widths[i];
    width.value = columns_[i].value_width;
    for (const auto& cells : rows_) {
      width.mark = std::max(width.mark, display_width(cells[i].mark));
      width.value = std::max(width.value, display_width(cells[i].value));
      if (!cells[i].half.empty()) width.half = std::max({width.half, size_t{4}, display_width(cells[i].half)});
    }
  }
  const auto half_width = [&](const Width& width) {
    return width.half == 0 ? 0 : width.half + 2 + display_width(plus_minus);
  };

  size_t all = 0;
  for (size_t i = 0; i < columns_.size(); ++i)
    all += 2 + std::max(widths[i].mark + widths[i].value + half_width(widths[i]), display_width(columns_[i].head));
  // Names have no bound of their own: they are cut before the table gets too wide.
  constexpr size_t kLeastName = 12;
  if (all > style_.width && columns_[0].left && widths[0].value > kLeastName)
    widths[0].value = std::max(kLeastName, widths[0].value - std::min(widths[0].value, all - style_.width));

  std::string out;
  const auto finish = [&] {
    while (!out.empty() && out.back() == ' ') out.pop_back();
    out += '\n';
  };
  for (size_t i = 0; i < columns_.size(); ++i) {
    Width& width = widths[i];
    const size_t whole = width.mark + width.value + half_width(width);
    const size_t head = display_width(columns_[i].head);
    if (head > whole) width.value += head - whole;
    out += "  ";
    const size_t room = width.mark + width.value + half_width(width);
    out += columns_[i].left ? left(columns_[i].head, room) : right(columns_[i].head, room);
  }
  finish();
  for (const auto& cells : rows_) {
    for (size_t i = 0; i < columns_.size(); ++i) {
      const Width& width = widths[i];
      const Cell& cell = cells[i];
      out += "  ";
      if (columns_[i].left) {
        out += left(shortened(style_, cell.value, width.value), width.value);
        continue;
      }
      out += left(cell.mark, width.mark);
      out += right(cell.value, width.value);
      if (width.half == 0) continue;
      if (cell.half.empty()) {
        out.append(half_width(width), ' ');
      } else {
        out += ' ';
        out += plus_minus;
        out += ' ';
        out += right(cell.half, width.half);
      }
    }
    finish();
  }
  return out;
}

std::string wrapped(const std::vector<std::string>& items, std::string_view separator, size_t used, size_t indent,
                    size_t width) {
  std::string out;
  size_t column = used;
  for (size_t i = 0; i < items.size(); ++i) {
    const size_t next = display_width(items[i]);
    if (i != 0) {
      if (column + display_width(separator) + next > width) {
        const size_t sign = std::min(separator.find_first_not_of(' '), separator.size());
        out += '\n';
        out.append(indent, ' ');
        out += separator.substr(sign);
        column = indent + display_width(separator.substr(sign));
      } else {
        out += separator;
        column += display_width(separator);
      }
    }
    if (column + next > width) {
      append_broken(out, items[i], column, indent, width);
      continue;
    }
    out += items[i];
    column += next;
  }
  return out;
}

std::string wrapped_text(std::string_view text, size_t used, size_t indent, size_t width) {
  std::vector<std::string> words;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(' ', at), text.size());
    words.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return wrapped(words, " ", used, indent, width);
}

}  // namespace ringload::report
