// The strict reader against simdjson's DOM and against exhaustive small inputs.
#include <gtest/gtest.h>
#include <regex.h>
#include <simdjson.h>

#include <cstring>
#include <memory>
#include <string>

#include "protocol/json_escape.h"
#include "protocol/json_string.h"
#include "protocol/reply_parser.h"

namespace ringload::protocol {
namespace {

bool accepts(ReplyParser& parser, std::string_view json) {
  JsonCursor in = parser.read(json);
  in.skip();
  return in.complete();
}

// Every string over `alphabet` of up to `length` characters.
template <typename F>
void each_string(std::string_view alphabet, size_t length, F&& f, std::string prefix = {}) {
  f(prefix);
  if (prefix.size() == length) return;
  for (const char c : alphabet) each_string(alphabet, length, f, prefix + c);
}

TEST(JsonCursor, accepts_the_numbers_of_the_grammar_and_no_others) {
  ReplyParser parser(64);
  regex_t grammar;
  ASSERT_EQ(regcomp(&grammar, "^-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?$", REG_EXTENDED | REG_NOSUB), 0);
  size_t numbers = 0;
  each_string("01-+.e", 5, [&](const std::string& text) {
    const bool is_number = regexec(&grammar, text.c_str(), 0, nullptr, 0) == 0;
    numbers += is_number;
    EXPECT_EQ(accepts(parser, text), is_number) << text;
    EXPECT_EQ(accepts(parser, "[" + text + "]"), text.empty() || is_number) << text;
  });
  regfree(&grammar);
  EXPECT_GT(numbers, 100u);
}

TEST(JsonCursor, agrees_with_the_dom_on_every_small_document) {
  ReplyParser parser(64);
  simdjson::dom::parser dom;
  size_t valid = 0;
  each_string("{}[],:\"1 ", 6, [&](const std::string& text) {
    if (text.empty()) return;
    const bool expected = dom.parse(text).error() == simdjson::SUCCESS;
    valid += expected;
    ASSERT_EQ(accepts(parser, text), expected) << text;
  });
  EXPECT_GT(valid, 1000u);
}

TEST(JsonCursor, literals_are_exact) {
  ReplyParser parser(64);
  for (const char* good : {"true", "false", "null", " true ", "[true,false,null]", "\"\"", "\"\x7f\""}) {
    EXPECT_TRUE(accepts(parser, good)) << good;
  }
  for (const char* bad : {"", " ", "True", "tru", "truee", "nul", "nulll", "fals", "falsee", "true false", "NaN", "'a'",
                          "\"a", "\"a\"b", "1\"a\"", "\"a\"\"b\"", "\"\t\"", "\"\x80\"", "\"\xed\xa0\x80\"", "/**/1",
                          "\xef\xbb\xbf{}", "\f1", "{\"a\" \"b\"}", "{1:2}", "{\"a\":1 \"b\":2}"}) {
    EXPECT_FALSE(accepts(parser, bad)) << bad;
  }
  EXPECT_FALSE(accepts(parser, std::string_view("1\0", 2)));
}

TEST(JsonCursor, refuses_what_is_nested_too_deeply_or_too_long) {
  ReplyParser parser(4096);
  const auto nested = [](size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(accepts(parser, nested(128)));
  EXPECT_FALSE(accepts(parser, nested(129)));
  EXPECT_FALSE(accepts(parser, std::string(4000, '[')));
  EXPECT_TRUE(accepts(parser, '"' + std::string(4094, 'a') + '"'));
  EXPECT_FALSE(accepts(parser, '"' + std::string(4095, 'a') + '"'));
}

TEST(JsonCursor, hands_out_values_as_they_stand) {
  ReplyParser parser(1024);
  const std::string json =
      R"( {"a" : "x\ny" , "b": [ 1, {"c" :2} ] ,"d":-0.5e3, "e": 12 ,"f":null,"g":999999999999999999,)"
      R"("h":1000000000000000000,"i":1.0,"j":"1","k":{} } )";
  JsonCursor in = parser.read(json);
  ASSERT_TRUE(in.is_object());
  std::string seen;
  in.object([&](std::string_view key) {
    seen += std::string(key) + "=";
    if (key == "a") seen += in.string();
    else if (key == "b" || key == "d" || key == "f" || key == "k") seen += in.value();
    else seen += std::to_string(in.count());
    seen += ";";
  });
  EXPECT_TRUE(in.complete());
  EXPECT_EQ(seen,
            "a=x\\ny;b=[ 1, {\"c\" :2} ];d=-0.5e3;e=12;f=null;g=999999999999999999;h=-1;i=-1;j=-1;k={};");
}

TEST(JsonCursor, every_way_of_reading_reads_one_value_of_any_kind) {
  ReplyParser parser(1024);
  for (const char* value :
       {"{}", R"({"a":[1],"b":{}})", "[]", R"([1,[2],{"c":3}])", R"("s")", "12", "-1.5", "true", "null"}) {
    for (int way = 0; way < 5; ++way) {
      const std::string json = std::string("[") + value + ",\"next\"]";
      JsonCursor in = parser.read(json);
      int element = 0;
      in.array([&] {
        if (element++ == 1) {
          EXPECT_EQ(in.string(), "next") << json << way;
          return;
        }
        switch (way) {
          case 0: in.object([&](std::string_view) { in.skip(); }); break;
          case 1: in.array([&] { in.skip(); }); break;
          case 2: in.string(); break;
          case 3: in.count(); break;
          case 4: EXPECT_EQ(in.value(), value); break;
        }
      });
      EXPECT_TRUE(in.complete()) << json << way;
      EXPECT_EQ(element, 2);
    }
  }
}

TEST(JsonString, finds_the_end_of_valid_strings_only) {
  EXPECT_EQ(string_end("abc\"x"), 3u);
  EXPECT_EQ(string_end("\""), 0u);
  EXPECT_EQ(string_end("a\\\"b\"\""), 4u);
  EXPECT_EQ(string_end("\\\\\""), 2u);
  EXPECT_EQ(string_end("\\ud83d\""), 6u);
  EXPECT_EQ(string_end("\xf0\x9f\x99\x82\""), 4u);
  EXPECT_EQ(string_end("\x7f\""), 1u);
  for (const char* bad : {"", "abc", "\\\"", "\\", "a\\", "\\x\"", "\\u12\"34", "\\u123g\"", "\t\"", "\xf0\x9f\x99\"",
                          "\xff\"", "\xc0\xaf\""}) {
    EXPECT_EQ(string_end(bad), std::string_view::npos) << bad;
  }
  EXPECT_EQ(string_end(std::string_view("\0\"", 2)), std::string_view::npos);
}

TEST(JsonString, agrees_with_the_reader_on_every_small_string) {
  ReplyParser parser(64);
  each_string("\\\"u0dn\xc3\xa9", 5, [&](const std::string& text) {
    const size_t end = string_end(text + "\"");
    // The reader takes one document: valid exactly if the first string that ends is the whole text.
    ASSERT_EQ(accepts(parser, "\"" + text + "\""), end == text.size()) << text;
  });
}

TEST(JsonString, white_space_includes_its_escapes) {
  for (const char* white : {"", " ", "\\n", "\\r\\n\\t\\f ", "\\u0020", "\\u0009\\u000a\\u000A\\u000b\\u000d"}) {
    EXPECT_TRUE(is_white_space(white)) << white;
  }
  for (const char* text : {"a", " a", "\\na", "\\\\n", "\\u0000", "\\u000e", "\\u0010", "\\u0120", "\\b", "\\/", "\\\"",
                           "\xc2\xa0", "\\u0019"}) {
    EXPECT_FALSE(is_white_space(text)) << text;
  }
}

TEST(JsonEscape, every_byte_survives_the_way_through_a_parser) {
  simdjson::dom::parser dom;
  for (int c = 0; c < 0x80; ++c) {
    const std::string text = std::string("a") + static_cast<char>(c) + "é世🙂";
    const auto escaped = json_escape(text);
    ASSERT_TRUE(escaped);
    const std::string json = "[\"" + *escaped + "\"]";
    std::string_view back;
    ASSERT_EQ(dom.parse(json).at(0).get(back), simdjson::SUCCESS) << c;
    EXPECT_EQ(back, text) << c;
    ReplyParser parser(64);
    EXPECT_TRUE(accepts(parser, json)) << c;
  }
}

TEST(JsonEscape, refuses_what_is_not_utf8) {
  for (const char* bad : {"\xff", "a\x80", "\xc3", "\xed\xa0\x80", "\xc0\x80", "\xf4\x90\x80\x80"}) {
    EXPECT_FALSE(json_escape(bad)) << bad;
  }
  EXPECT_EQ(json_escape(""), "");
}

}  // namespace
}  // namespace ringload::protocol
