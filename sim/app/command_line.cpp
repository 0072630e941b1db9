#include "sim/app/command_line.hpp"

#include <CLI/CLI.hpp>
#include <cmath>
#include <map>
#include <sstream>
#include <utility>

#include "sim/app/version.hpp"
#include "sim/base/check.hpp"
#include "sim/config/diagnostics.hpp"
#include "sim/config/quantity.hpp"

namespace headroom {
namespace {

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : "|") + word;
  return text;
}

// Long flags of a parser, "--format": what a mistyped one is compared with.
std::vector<std::string> flags_of(const CLI::App& parser) {
  std::vector<std::string> flags;
  for (const auto* option : parser.get_options())
    for (const auto& name : option->get_lnames()) flags.push_back("--" + name);
  return flags;
}

// What CLI11 could not place: a flag that does not exist first, since the words after it may be its
// value.
void reject_leftovers(const CLI::App& parser, const std::string& command) {
  const auto leftovers = parser.remaining();
  for (const auto& word : leftovers)
    if (word.starts_with('-') && word.size() > 1) {
      const std::string flag = word.substr(0, word.find('='));
      throw UserError("error: unknown option '" + flag + "' of 'headroom " + command + '\'' +
                      suggest(flag, flags_of(parser), "options"));
    }
  if (!leftovers.empty())
    throw UserError("error: unexpected argument '" + leftovers.front() + "' after 'headroom " +
                    command + "'; see 'headroom " + command + " --help'");
}

[[noreturn]] void reject_command(const std::string& word, const CLI::App& parser,
                                 const std::vector<std::unique_ptr<Command>>& commands) {
  if (word.starts_with('-'))
    throw UserError("error: unknown option '" + word + '\'' +
                    suggest(word, flags_of(parser), "options before a command"));
  std::vector<std::string> names;
  for (const auto& command : commands) names.push_back(command->name());
  throw UserError("error: unknown command '" + word + '\'' + suggest(word, names, "commands"));
}

}  // namespace

void OptionSet::required_argument(const std::string& name, std::string& target,
                                  const std::string& help) {
  parser_->add_option(name, target, help)->required()->type_name("");
}

void OptionSet::required_arguments(const std::string& name, std::vector<std::string>& targets,
                                   const std::string& help) {
  parser_->add_option(name, targets, help)->required()->expected(1, -1)->type_name("");
}

void OptionSet::optional_argument(const std::string& name, std::string& target,
                                  const std::string& help) {
  parser_->add_option(name, target, help)->type_name("");
}

void OptionSet::text(const std::string& flag, const std::string& placeholder, std::string& target,
                     const std::string& help) {
  parser_->add_option(flag, target, help)->type_name(placeholder);
}

void OptionSet::optional_text(const std::string& flag, const std::string& placeholder,
                              std::optional<std::string>& target, const std::string& help) {
  parser_
      ->add_option_function<std::string>(
          flag, [&target](const std::string& value) { target = value; }, help)
      ->type_name(placeholder);
}

void OptionSet::text_list(const std::string& flag, const std::string& placeholder,
                          std::vector<std::string>& target, const std::string& help) {
  // A callback per occurrence, because CLI11 takes a list in a value such as [1,2] apart.
  parser_
      ->add_option_function<std::vector<std::string>>(
          flag, [&target](const std::vector<std::string>& values) { target = values; }, help)
      ->allow_extra_args(false)
      ->type_name(placeholder);
}

void OptionSet::add(const std::string& flag, const std::string& placeholder,
                    const std::string& help,
                    std::function<std::string(const std::string&)> convert) {
  const auto written = std::make_shared<std::optional<std::string>>();
  parser_
      ->add_option_function<std::string>(
          flag, [written](const std::string& value) { *written = value; }, help)
      ->type_name(placeholder);
  conversions_.push_back([written, flag, convert = std::move(convert)]() -> std::string {
    if (!*written) return "";
    const std::string problem = convert(**written);
    return problem.empty() ? "" : "error: option " + flag + ": '" + **written + "' " + problem;
  });
}

void OptionSet::choice(const std::string& flag, const std::vector<std::string>& choices,
                       std::string& target, const std::string& help) {
  add(flag, listed(choices), help, [choices, &target](const std::string& value) -> std::string {
    for (const auto& choice : choices)
      if (choice == value) {
        target = value;
        return "";
      }
    return "is not one of its values" + suggest(value, choices, "values");
  });
}

void OptionSet::count(const std::string& flag, std::int64_t low, std::int64_t high,
                      std::optional<std::int64_t>& target, const std::string& help) {
  add(flag, "N", help, [low, high, &target](const std::string& value) -> std::string {
    const auto number = parse_integer(value);
    if (!number) return "is not a whole number";
    if (*number < low || *number > high)
      return "is not between " + std::to_string(low) + " and " + std::to_string(high);
    target = number;
    return "";
  });
}

void OptionSet::number(const std::string& flag, std::optional<double>& target,
                       const std::string& help) {
  add(flag, "X", help, [&target](const std::string& value) -> std::string {
    const auto parsed = parse_quantity(value, Dimension::kNone);
    if (!parsed.value) return parsed.problem;
    if (!std::isfinite(*parsed.value) || *parsed.value < 0) return "is not a number from 0 up";
    target = parsed.value;
    return "";
  });
}

void OptionSet::duration(const std::string& flag, std::optional<Seconds>& target,
                         const std::string& help) {
  add(flag, "TIME", help, [&target](const std::string& value) -> std::string {
    const auto parsed = parse_quantity(value, Dimension::kTime);
    if (!parsed.value) return parsed.problem;
    if (!(*parsed.value > 0)) return "is not a time above 0 s";
    target = Seconds(*parsed.value);
    return "";
  });
}

void OptionSet::toggle(const std::string& flag, bool& target, const std::string& help) {
  parser_
      ->add_flag_function(
          flag, [&target](std::int64_t) { target = true; }, help)
      ->disable_flag_override();
}

void OptionSet::convert() const {
  std::string problems;
  for (const auto& conversion : conversions_)
    if (const std::string problem = conversion(); !problem.empty())
      problems += (problems.empty() ? "" : "\n") + problem;
  if (!problems.empty()) throw UserError(problems);
}

namespace {

struct Declared {
  std::size_t index;  // into the commands
  OptionSet options;
};

void describe_program(CLI::App& app) {
  app.description(
      "Headroom: how fast will an LLM system run, how fast could its hardware run it, and what is "
      "in between?");
  app.name("headroom");
  app.set_version_flag("--version", "headroom " + std::string(version()),
                       "print the release and the code version");
  app.set_help_flag("--help,-h", "print this help");
  app.allow_extras();
  app.require_subcommand(
      0, 1);  // the name of another command further on is an argument: headroom list ops
  app.footer("'headroom COMMAND --help' shows the options of a command and an example.");
}

void declare_command(CLI::App& app, Command& command, std::size_t index,
                     std::map<const CLI::App*, Declared>& declared) {
  CLI::App* parser = app.add_subcommand(command.name(), command.summary());
  parser->set_help_flag("--help,-h", "print this help");
  parser->allow_extras();
  parser->footer("Example:\n  " + command.example());
  const auto entry = declared.emplace(parser, Declared{index, OptionSet(*parser)}).first;
  command.declare(entry->second.options);
}

// CLI11's words, but for the one that says it oddly.
std::string words_of(const CLI::ParseError& error) {
  const std::string text = error.what();
  const auto at = text.find(": At Most 1 required");
  return at == std::string::npos ? text
                                 : "option " + text.substr(0, at) + " is given more than once";
}

const CLI::App* chosen_of(const CLI::App& app) {
  const auto parsed = app.get_subcommands();
  return parsed.empty() ? nullptr : parsed.front();
}

}  // namespace

Invocation parse_command_line(int argc, const char* const* argv,
                              std::vector<std::unique_ptr<Command>> commands) {
  CLI::App app;
  describe_program(app);
  std::map<const CLI::App*, Declared> declared;
  for (std::size_t i = 0; i < commands.size(); ++i) declare_command(app, *commands[i], i, declared);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const CLI::App* chosen = chosen_of(app);
    return {nullptr, chosen ? chosen->help("headroom") : app.help()};
  } catch (const CLI::CallForVersion& asked) {
    return {nullptr, std::string(asked.what()) + '\n'};
  } catch (const CLI::ParseError& error) {
    const CLI::App* chosen = chosen_of(app);
    // A mistyped flag often makes CLI11 miss something else first; the flag is what the user has to
    // mend.
    if (chosen) reject_leftovers(*chosen, chosen->get_name());
    throw UserError("error: " + words_of(error) +
                    (chosen ? "; see 'headroom " + chosen->get_name() + " --help'" : ""));
  }
  const CLI::App* chosen = chosen_of(app);
  if (!chosen) {
    const auto words = app.remaining();
    if (words.empty()) throw UserError("error: which command?\n\n" + app.help());
    reject_command(words.front(), app, commands);
  }
  reject_leftovers(*chosen, chosen->get_name());
  auto& [index, options] = declared.at(chosen);
  options.convert();
  return {std::move(commands[index]), ""};
}

}  // namespace headroom
