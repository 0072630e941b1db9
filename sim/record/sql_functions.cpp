#include "sim/record/sql_functions.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace headroom {
namespace {

constexpr std::size_t kMostValues = 1'000'000;  // of an axis

template <class Number>
void append(std::string& text, Number number) {
  std::array<char, 32> digits{};
  text.append(digits.data(),
              std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

// Mean of a metric by value of each axis.
class AxisMeans {
 public:
  // What is wrong with the row; null: nothing.
  const char* add(sqlite3_value** arguments) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(arguments[0]));
    const double value = sqlite3_value_double(arguments[1]);
    const bool is_list =
        text != nullptr && each_coordinate(text, [&](std::size_t axis, std::size_t index) {
          if (axis >= axes_.size()) axes_.resize(axis + 1);
          if (index >= axes_[axis].size()) axes_[axis].resize(index + 1);
          Moments& moments = axes_[axis][index];
          ++moments.count;
          moments.sum += value;
          moments.squares += value * value;
        });
    return is_list ? nullptr : "axis_means: coordinates are a JSON array of indices";
  }

  std::string result() {
    std::string text;
    for (std::size_t axis = 0; axis < axes_.size(); ++axis)
      for (std::size_t value = 0; value < axes_[axis].size(); ++value) {
        const Moments& moments = axes_[axis][value];
        if (moments.count == 0) continue;
        const auto count = static_cast<double>(moments.count);
        text += text.empty() ? "[" : ",[";
        append(text, axis);
        append(text += ',', value);
        append(text += ',', moments.count);
        append(text += ',', moments.sum / count);
        append(text += ',', moments.squares / count);
        text += ']';
      }
    return '[' + text + ']';
  }

 private:
  struct Moments {
    std::int64_t count = 0;
    double sum = 0, squares = 0;
  };

  // Numbers of "[2,0,1]", one after the other; false at something else.
  template <class Visit>
  static bool each_coordinate(std::string_view text, const Visit& visit) {
    if (text.size() < 2 || text.front() != '[' || text.back() != ']') return false;
    text = text.substr(1, text.size() - 2);
    for (std::size_t axis = 0; !text.empty(); ++axis) {
      std::size_t index = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
      if (error != std::errc() || index >= kMostValues) return false;
      visit(axis, index);
      text.remove_prefix(static_cast<std::size_t>(end - text.data()));
      if (!text.empty() && text.front() != ',') return false;
      if (!text.empty()) text.remove_prefix(1);
    }
    return true;
  }

  std::vector<std::vector<Moments>> axes_;  // by axis, then value
};

class ParetoFront {
 public:
  const char* add(sqlite3_value** arguments) {
    points_.push_back({sqlite3_value_int64(arguments[0]), sqlite3_value_double(arguments[1]),
                       sqlite3_value_double(arguments[2])});
    return nullptr;
  }

  std::string result() {
    std::sort(points_.begin(), points_.end(), [](const Point& a, const Point& b) {
      return std::tuple(-a.x, -a.y, a.id) < std::tuple(-b.x, -b.y, b.id);
    });
    std::string text;
    const Point* best = nullptr;  // in y, of those that are as good in x
    for (const Point& point : points_) {
      if (best != nullptr && !(point.y > best->y)) continue;
      best = &point;
      if (!text.empty()) text += ',';
      append(text, point.id);
    }
    return '[' + text + ']';
  }

 private:
  struct Point {
    std::int64_t id;
    double x, y;
  };
  std::vector<Point> points_;
};

// An object of ours in SQLite's aggregate context, from the first row to the last call.
template <class Aggregate>
Aggregate** held_by(sqlite3_context* context, bool create) {
  return static_cast<Aggregate**>(
      sqlite3_aggregate_context(context, create ? static_cast<int>(sizeof(Aggregate*)) : 0));
}

template <class Aggregate>
void step(sqlite3_context* context, int count, sqlite3_value** arguments) noexcept try {
  for (int i = 0; i < count; ++i)
    if (sqlite3_value_type(arguments[i]) == SQLITE_NULL) return;
  Aggregate** held = held_by<Aggregate>(context, true);
  if (held == nullptr) return sqlite3_result_error_nomem(context);
  if (*held == nullptr) *held = std::make_unique<Aggregate>().release();
  if (const char* problem = (*held)->add(arguments)) sqlite3_result_error(context, problem, -1);
} catch (...) {
  sqlite3_result_error_nomem(context);
}

template <class Aggregate>
void finish(sqlite3_context* context) noexcept try {
  Aggregate** held = held_by<Aggregate>(context, false);
  const std::unique_ptr<Aggregate> aggregate(held != nullptr ? *held : nullptr);
  const std::string text = aggregate != nullptr ? aggregate->result() : "[]";
  sqlite3_result_text(context, text.c_str(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
} catch (...) {
  sqlite3_result_error_nomem(context);
}

template <class Aggregate>
int add_aggregate(sqlite3* handle, const char* name, int arguments) {
  constexpr int kFlags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
  return sqlite3_create_function_v2(handle, name, arguments, kFlags, nullptr, nullptr,
                                    step<Aggregate>, finish<Aggregate>, nullptr);
}

}  // namespace

int add_sql_functions(sqlite3* handle) {
  const int code = add_aggregate<AxisMeans>(handle, "axis_means", 2);
  return code == SQLITE_OK ? add_aggregate<ParetoFront>(handle, "pareto_front", 3) : code;
}

}  // namespace headroom
