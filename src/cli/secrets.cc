#include "cli/secrets.h"

#include <cstring>
#include <string_view>

#include "cli/option_table.h"
#include "load/secret_text.h"

namespace ringload::cli {
namespace {

void wipe(char* text) { std::memset(text, 'x', std::strlen(text)); }

}  // namespace

// What is wiped too much does no harm: the words were copied before.
void wipe_secrets(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    char* word = argv[i];
    char* equals = std::strchr(word, '=');
    if (load::looks_like_key(word)) {
      wipe(word);
      continue;
    }
    if (equals != nullptr && load::looks_like_key(equals + 1)) wipe(equals + 1);
    for (const load::SecretSpan& span : load::secrets_in(word)) std::memset(word + span.at, 'x', span.size);
    if (word[0] != '-' || word[1] == 0) continue;
    char* name = word + (word[1] == '-' ? 2 : 1);
    const size_t size = equals == nullptr ? std::strlen(name) : static_cast<size_t>(equals - name);
    if (const Option* option = find_option({name, size}); option != nullptr) {
      if (!option->secret) continue;
      if (equals != nullptr) {
        wipe(equals + 1);
      } else if (i + 1 < argc) {
        wipe(argv[++i]);
      }
    } else if (const Option* letter = word[1] == '-' ? nullptr : find_letter(word[1]);
               letter != nullptr && letter->secret) {
      // -H'K: V' holds the value in the same word.
      if (word[2] != 0) {
        wipe(word + 2);
      } else if (i + 1 < argc) {
        wipe(argv[++i]);
      }
    }
  }
}

}  // namespace ringload::cli
