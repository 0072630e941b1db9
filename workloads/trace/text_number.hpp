// workloads/trace/text_number.hpp -- numbers in trace files, by hand: a trace has millions of them,
// nearly all plain digits.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace headroom {

enum class NumberProblem { kNone, kEmpty, kNotANumber, kNegative, kFraction, kTooLarge };

// A whole number in [0, most]. "374.0" and "1e3" are whole, "3.5" is not.
NumberProblem parse_whole(std::string_view text, std::int64_t most, std::int64_t& value);

// A non-negative decimal number times 10^digits as an integer, rounded half up: with digits 9,
// seconds to nanoseconds. Exact for plain decimals of any length: no detour through a double.
NumberProblem parse_scaled(std::string_view text, int digits, std::int64_t& value);

// "2023-11-16 18:15:46.6805900", also with 'T' for the space, without a fraction, or with a zone
// (Z, +00:00, -0700): nanoseconds since 1970 in UTC. Years 1970 to 2200; digits after the ninth are
// ignored. kNotANumber when it is not a date.
NumberProblem parse_date_time(std::string_view text, std::int64_t& ns);

std::string_view trim_blanks(std::string_view text);
// Text of the input for a message: in single quotes, at most 40 bytes, what is not printable ASCII
// as '?'.
std::string quoted(std::string_view text);
// "'name' is 'abc', which is not a number"
std::string describe(NumberProblem problem, std::string_view name, std::string_view text,
                     std::int64_t most);

}  // namespace headroom
