#include "workloads/trace/text_number.hpp"

#include <charconv>
#include <cmath>
#include <limits>

namespace headroom {
namespace {

constexpr std::int64_t kMaxInt64 = std::numeric_limits<std::int64_t>::max();

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// For what the digit loops do not take: signs, exponents, and everything that is wrong.
NumberProblem parse_real(std::string_view text, double& value) {
  if (text.empty()) return NumberProblem::kEmpty;
  if (text.front() == '+' && text.size() > 1 && is_digit(text[1])) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return NumberProblem::kNotANumber;
  if (error == std::errc::result_out_of_range) return NumberProblem::kTooLarge;
  if (error != std::errc{} || !std::isfinite(value)) return NumberProblem::kNotANumber;
  return value < 0 ? NumberProblem::kNegative : NumberProblem::kNone;
}

// Reads exactly `count` digits from the front; -1 if they are not there.
int take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return -1;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_digit(text[i])) return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// Days from 1970-01-01 in the Gregorian calendar (Hinnant, "chrono-compatible low-level date
// algorithms").
constexpr std::int64_t days_from_civil(int year, int month, int day) {
  const int y = month <= 2 ? year - 1 : year;
  const int era = y / 400;
  const int year_of_era = y - era * 400;
  const int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return std::int64_t{era} * 146097 + day_of_era - 719468;
}

constexpr int days_in_month(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[month - 1];
}

// "", "Z", "+00:00", "-0700", "+02" -> minutes east of UTC.
bool take_zone(std::string_view text, int& minutes_east) {
  minutes_east = 0;
  if (text.empty() || text == "Z") return true;
  const bool west = text.front() == '-';
  if (!west && text.front() != '+') return false;
  text.remove_prefix(1);
  const int hours = take_digits(text, 2);
  take(text, ':');
  const int minutes = text.empty() ? 0 : take_digits(text, 2);
  if (hours < 0 || hours > 15 || minutes < 0 || minutes > 59 || !text.empty()) return false;
  minutes_east = (west ? -1 : 1) * (hours * 60 + minutes);
  return true;
}

// ".6805900" -> ns; the fraction may be absent, but not empty.
bool take_fraction(std::string_view& text, std::int64_t& ns) {
  ns = 0;
  if (!take(text, '.')) return true;
  std::int64_t scale = 100'000'000;
  std::size_t used = 0;
  for (; used < text.size() && is_digit(text[used]); ++used, scale /= 10)
    ns += (text[used] - '0') * scale;
  text.remove_prefix(used);
  return used > 0;
}

}  // namespace

NumberProblem parse_whole(std::string_view text, std::int64_t most, std::int64_t& value) {
  constexpr std::size_t kSafeDigits = 18;  // fit an int64 whatever they are
  if (!text.empty() && text.size() <= kSafeDigits) {
    std::uint64_t sum = 0;  // unsigned: what is not a digit may wrap around, it is not used
    bool plain = true;
    for (const char c : text) {
      plain &= is_digit(c);
      sum = sum * 10 + static_cast<unsigned char>(c - '0');
    }
    if (plain) {
      value = static_cast<std::int64_t>(sum);
      return value > most ? NumberProblem::kTooLarge : NumberProblem::kNone;
    }
  }
  double real = 0;
  if (const auto problem = parse_real(text, real); problem != NumberProblem::kNone) return problem;
  if (real > static_cast<double>(most)) return NumberProblem::kTooLarge;
  if (real != std::floor(real)) return NumberProblem::kFraction;
  value = static_cast<std::int64_t>(real);
  return NumberProblem::kNone;
}

NumberProblem parse_scaled(std::string_view text, int digits, std::int64_t& value) {
  std::size_t at = 0;
  std::int64_t sum = 0;
  bool fits = true;
  const auto push = [&](int digit) {
    fits &= sum <= (kMaxInt64 - 9) / 10;
    if (fits) sum = sum * 10 + digit;
  };
  for (; at < text.size() && is_digit(text[at]); ++at) push(text[at] - '0');
  const bool has_digits = at > 0;
  int missing = digits;
  int round_up = 0;
  if (has_digits && at < text.size() && text[at] == '.') {
    for (++at; at < text.size() && is_digit(text[at]); ++at, --missing) {
      if (missing > 0) push(text[at] - '0');
      if (missing == 0) round_up = text[at] >= '5' ? 1 : 0;
    }
  }
  if (has_digits && at == text.size()) {
    for (; missing > 0; --missing) push(0);
    if (!fits) return NumberProblem::kTooLarge;
    value = sum + round_up;
    return NumberProblem::kNone;
  }
  double real = 0;
  if (const auto problem = parse_real(text, real); problem != NumberProblem::kNone) return problem;
  real = std::floor(real * std::pow(10.0, digits) + 0.5);
  if (real >= static_cast<double>(kMaxInt64)) return NumberProblem::kTooLarge;
  value = static_cast<std::int64_t>(real);
  return NumberProblem::kNone;
}

NumberProblem parse_date_time(std::string_view text, std::int64_t& ns) {
  if (text.empty()) return NumberProblem::kEmpty;
  const int year = take_digits(text, 4);
  bool shaped = take(text, '-');
  const int month = take_digits(text, 2);
  shaped &= take(text, '-');
  const int day = take_digits(text, 2);
  shaped &= take(text, ' ') || take(text, 'T');
  const int hour = take_digits(text, 2);
  shaped &= take(text, ':');
  const int minute = take_digits(text, 2);
  shaped &= take(text, ':');
  const int second = take_digits(text, 2);
  std::int64_t fraction = 0;
  int minutes_east = 0;
  shaped = shaped && take_fraction(text, fraction) && take_zone(text, minutes_east);
  if (!shaped || year < 1970 || year > 2200 || month < 1 || month > 12)
    return NumberProblem::kNotANumber;
  if (day < 1 || day > days_in_month(year, month)) return NumberProblem::kNotANumber;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
    return NumberProblem::kNotANumber;
  const std::int64_t minutes =
      (days_from_civil(year, month, day) * 24 + hour) * 60 + minute - minutes_east;
  ns = (minutes * 60 + second) * 1'000'000'000 + fraction;
  return NumberProblem::kNone;
}

std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string quoted(std::string_view text) {
  constexpr std::size_t kShown = 40;
  std::string out = "'";
  for (const char c : text.substr(0, kShown)) out += c >= ' ' && c <= '~' ? c : '.';
  return out + (text.size() > kShown ? "...'" : "'");
}

std::string describe(NumberProblem problem, std::string_view name, std::string_view text,
                     std::int64_t most) {
  const std::string subject = quoted(name) + " is ";
  switch (problem) {
    case NumberProblem::kNone:
      break;
    case NumberProblem::kEmpty:
      return subject + "empty";
    case NumberProblem::kNotANumber:
      return subject + quoted(text) + ", which is not a number";
    case NumberProblem::kNegative:
      return subject + quoted(text) + "; it must not be negative";
    case NumberProblem::kFraction:
      return subject + quoted(text) + ", which is not a whole number";
    case NumberProblem::kTooLarge:
      return subject + quoted(text) + ", which is more than " + std::to_string(most);
  }
  return subject + quoted(text);
}

}  // namespace headroom
