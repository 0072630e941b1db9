#include "sim/sweep/point_product.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "sim/base/check.hpp"
#include "sim/base/random.hpp"
#include "sim/config/quantity.hpp"
#include "sim/config/quote.hpp"
#include "sim/sweep/axes_section.hpp"
#include "sim/sweep/load_sweep.hpp"

namespace headroom {
namespace {

constexpr std::int64_t kMostEnumerated = 10'000'000;
constexpr std::int64_t kDrawsPerPoint = 1'000;

const Node* find_dotted(const Node& root, std::string_view key) {
  const Node* at = &root;
  while (at != nullptr && !key.empty()) {
    const auto dot = std::min(key.find('.'), key.size());
    at = at->find(key.substr(0, dot));
    key.remove_prefix(std::min(dot + 1, key.size()));
  }
  // A value that is short for a map has been written out: {base: h100-sxm}, {value: 256}.
  if (at != nullptr && at->is_map())
    for (const char* inner : {"base", "value"})
      if (const Node* found = at->find(inner)) return found;
  return at;
}

// A name in a constraint: which axis decides it, and what each value of that axis makes it.
struct BoundName {
  std::string name;
  std::size_t axis = 0;
  std::vector<ExpressionValue> values;
};

class Filter {
 public:
  Filter(const ProductInput& input, Diagnostics& diagnostics) : input_(input) {
    for (const auto& constraint : input.constraints)
      for (const auto& name : constraint.condition.names()) bind(name, constraint, diagnostics);
  }

  bool allows(const std::vector<std::size_t>& coordinates) const {
    return std::all_of(
        input_.constraints.begin(), input_.constraints.end(), [&](const Constraint& constraint) {
          return constraint.condition.is_true([&](const std::string& name) -> ExpressionValue {
            for (const auto& bound : bound_)
              if (bound.name == name) return bound.values[coordinates[bound.axis]];
            return 0.0;
          });
        });
  }

 private:
  void bind(const std::string& name, const Constraint& constraint, Diagnostics& diagnostics) {
    if (std::any_of(bound_.begin(), bound_.end(), [&](const auto& b) { return b.name == name; }))
      return;
    std::vector<std::string> keys;
    for (std::size_t a = 0; a < input_.axes.size(); ++a) {
      const Axis& axis = input_.axes[a];
      keys.insert(keys.end(), axis.keys.begin(), axis.keys.end());
      if (std::find(axis.keys.begin(), axis.keys.end(), name) == axis.keys.end()) continue;
      bound_.push_back({name, a, {}});
      for (const auto& value : axis.values)
        bound_.back().values.push_back(value_at(name, value, constraint, diagnostics));
      return;
    }
    diagnostics.error(constraint.where, "the constraint names " + quote(name) +
                                            ", which no axis sets" + suggest(name, keys, "keys"));
  }

  ExpressionValue value_at(const std::string& name, const AxisValue& value,
                           const Constraint& constraint, Diagnostics& diagnostics) const {
    for (const auto& setting : value.settings)
      if (key_of(setting) == name) {
        const std::string text(value_of(setting));
        const bool is_quoted = text.size() > 1 && text.front() == '"' && text.back() == '"';
        return is_quoted ? text.substr(1, text.size() - 2) : expression_value(text);
      }
    const Node* base = find_dotted(input_.base, name);
    if (base != nullptr && base->is_scalar()) return expression_value(base->text);
    diagnostics.error(constraint.where, "the constraint names " + quote(name) +
                                            ", which neither the variant " + quote(value.label) +
                                            " nor the base sets");
    return 0.0;
  }

  const ProductInput& input_;
  std::vector<BoundName> bound_;
};

class Points {
 public:
  Points(const ProductInput& input, Diagnostics& diagnostics)
      : input_(input), diagnostics_(diagnostics), filter_(input, diagnostics) {
    for (const auto& axis : input.axes) combinations_ *= static_cast<double>(axis.values.size());
  }

  Product make() {
    if (combinations_ == 0 || !diagnostics_.empty()) return {};
    try {
      std::vector<std::int64_t> kept;
      if (combinations_ <= static_cast<double>(kMostEnumerated)) {
        kept = chosen(allowed());
      } else if (input_.sample) {
        kept = drawn();
      } else {
        return too_many(combinations_);
      }
      const auto points = static_cast<double>(kept.size()) * static_cast<double>(input_.seeds);
      if (points > static_cast<double>(kMostSweepPoints)) return too_many(points);
      if (kept.empty() && diagnostics_.empty())
        diagnostics_.error(input_.constraints.front().where,
                           "no point is left: the constraints exclude every combination");
      for (const auto index : kept) append(index);
    } catch (const UserError& error) {
      diagnostics_.error(input_.constraints.front().where,
                         std::string("a constraint cannot be computed: ") + error.what());
    }
    return std::move(product_);
  }

 private:
  std::vector<std::size_t> coordinates_of(std::int64_t index) const {
    std::vector<std::size_t> coordinates(input_.axes.size());
    for (std::size_t a = input_.axes.size(); a-- > 0;) {
      const auto size = static_cast<std::int64_t>(input_.axes[a].values.size());
      coordinates[a] = static_cast<std::size_t>(index % size);
      index /= size;
    }
    return coordinates;
  }

  std::vector<std::int64_t> allowed() {
    std::vector<std::int64_t> indices;
    const auto all = static_cast<std::int64_t>(combinations_);
    for (std::int64_t i = 0; i < all; ++i) {
      if (filter_.allows(coordinates_of(i))) {
        indices.push_back(i);
      } else {
        ++product_.excluded;
      }
    }
    return indices;
  }

  // The sample of a product that is at hand: the first steps of a Fisher-Yates shuffle.
  std::vector<std::int64_t> chosen(std::vector<std::int64_t> indices) const {
    const auto all = static_cast<std::int64_t>(indices.size());
    if (!input_.sample || input_.sample->points >= all) return indices;
    RandomStream random(input_.sample->seed, "sweep sample");
    for (std::int64_t i = 0; i < input_.sample->points; ++i)
      std::swap(indices[static_cast<std::size_t>(i)],
                indices[static_cast<std::size_t>(random.uniform_int(i, all - 1))]);
    indices.resize(static_cast<std::size_t>(input_.sample->points));
    std::sort(indices.begin(), indices.end());
    return indices;
  }

  std::vector<std::int64_t> drawn() {
    constexpr double kCountable = 9e18;
    if (combinations_ > kCountable) {
      diagnostics_.error(input_.sample->where, "is drawn from more than 9e18 combinations");
      return {};
    }
    RandomStream random(input_.sample->seed, "sweep sample");
    std::set<std::int64_t> indices;
    std::set<std::int64_t> refused;
    const auto all = static_cast<std::int64_t>(combinations_);
    for (std::int64_t draws = 0; draws < input_.sample->points * kDrawsPerPoint; ++draws) {
      if (static_cast<std::int64_t>(indices.size()) == input_.sample->points) break;
      const std::int64_t index = random.uniform_int(0, all - 1);
      (filter_.allows(coordinates_of(index)) ? indices : refused).insert(index);
    }
    product_.excluded = static_cast<std::int64_t>(refused.size());
    return {indices.begin(), indices.end()};
  }

  Product too_many(double points) {
    const SourcePosition where = input_.axes.empty() ? SourcePosition{} : input_.axes.front().where;
    diagnostics_.error(where, "the axes make " +
                                  format_quantity(std::floor(points), Dimension::kNone) +
                                  " points, more than " + std::to_string(kMostSweepPoints) +
                                  "; take part of them with sample: {points: 1000}");
    return {};
  }

  void append(std::int64_t index) {
    SweepPoint point;
    point.coordinates = coordinates_of(index);
    for (std::size_t a = 0; a < input_.axes.size(); ++a) {
      const auto& settings = input_.axes[a].values[point.coordinates[a]].settings;
      point.settings.insert(point.settings.end(), settings.begin(), settings.end());
    }
    // A key before those below it, whatever the order of the axes: hardware.gpu, then
    // hardware.gpu.hbm_bandwidth.
    std::sort(point.settings.begin(), point.settings.end(),
              [](const std::string& a, const std::string& b) { return key_of(a) < key_of(b); });
    for (std::int64_t s = 0; s < input_.seeds; ++s) {
      point.position = static_cast<std::int64_t>(product_.points.size());
      point.seed = input_.first_seed + s;
      product_.points.push_back(point);
    }
  }

  const ProductInput& input_;
  Diagnostics& diagnostics_;
  Filter filter_;
  double combinations_ = 1;
  Product product_;
};

}  // namespace

Product make_product(const ProductInput& input, Diagnostics& diagnostics) {
  return Points(input, diagnostics).make();
}

ExpressionValue expression_value(std::string_view text) {
  constexpr std::array kDimensions{Dimension::kNone,      Dimension::kTime,  Dimension::kBytes,
                                   Dimension::kBandwidth, Dimension::kRate,  Dimension::kFlops,
                                   Dimension::kFrequency, Dimension::kPower, Dimension::kPrice};
  if (const auto whole = parse_integer(text)) return static_cast<double>(*whole);
  for (const Dimension dimension : kDimensions)
    if (const auto parsed = parse_quantity(text, dimension); parsed.value) return *parsed.value;
  return std::string(text);
}

}  // namespace headroom
