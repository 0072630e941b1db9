#include "analysis/calibrate/kernel_set.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <tuple>

#include "analysis/calibrate/board_rules.hpp"
#include "analysis/calibrate/fit.hpp"
#include "analysis/calibrate/kernel_traits.hpp"
#include "hwmodels/catalog/catalog.hpp"
#include "sim/base/check.hpp"

namespace headroom {
namespace {

constexpr int kFolds = 4;
constexpr std::size_t kRowsPerCell = 1200;      // of a fit for an architecture
constexpr std::size_t kRowsPerCellOfAll = 400;  // of a fit for all
constexpr double kRowsForFullWeight = 300;
constexpr FitOptions kLookAtMenu{1, 600}, kThorough{4, 2500}, kFromNearby{1, 1500};

template <class M>
struct Row {
  const M* measured;
  int board;
  int fold;
  double weight;
};

template <class M>
class Set {
 public:
  using Traits = KernelTraits<M>;
  using Params = typename Traits::Params;
  using Fields = std::vector<ParamField<Params>>;
  using Choice = std::vector<const Row<M>*>;

  Set(std::string type, const std::vector<const M*>& all, const KernelCalibration* prior)
      : type_(std::move(type)), all_(all), prior_(prior) {
    for (const M* one : all_)
      if (is_fitted(*one)) gpus_.insert(one->from.gpu);
    for (const auto& name : gpus_) {
      boards_.push_back(find_gpu(name));
      HEADROOM_CHECK(boards_.back() != nullptr, "a GPU of the catalogue, not " + name);
    }
    for (const auto& field : fields_of<Params>()) {
      if (field.chosen || !Traits::is_fitted(type_, field.name)) continue;
      (Traits::is_local(field.name) ? local_ : shared_).push_back(field);
    }
    number_folds();
    for (const M* one : all_)
      if (is_fitted(*one)) rows_.push_back({one, board_of(*one), fold_of(*one), 0});
    fitted_.resize(boards_.size());
    if (prior_ != nullptr && rows_.size() < kRowsForShape) shared_.clear();
  }

  SetFit fit(const SetOptions& options) {
    SetFit result;
    predict_in_sample(result);
    if (options.left_out) predict_without_shapes(result);
    for (const M* one : all_)
      if (!is_fitted(*one)) add_excluded(*one, result);
    fit_generic(result, options);
    for (std::size_t board = 0; board < boards_.size(); ++board)
      result.boards.push_back(described(board));
    result.range = range_of([](const Row<M>&) { return true; });
    return result;
  }

 private:
  static bool is_fitted(const M& one) {
    return one.from.excluded.empty() && one.from.timing == Timing::kKernel;
  }
  int board_of(const M& one) const {
    const auto at = std::find(gpus_.begin(), gpus_.end(), one.from.gpu);
    return at == gpus_.end() ? -1 : static_cast<int>(std::distance(gpus_.begin(), at));
  }

  void number_folds() {
    for (const M* one : all_) {
      if (!one->from.model.empty()) models_.emplace(one->from.model, 0);
      if (one->from.model.empty()) values_.emplace(Traits::sweep(*one), 0);
    }
    int next = 0;
    for (auto& [model, fold] : models_) fold = next++ % kFolds;
    next = 0;
    for (auto& [value, fold] : values_) fold = next++ % kFolds;
  }
  int fold_of(const M& one) const {
    return one.from.model.empty() ? values_.at(Traits::sweep(one)) : models_.at(one.from.model);
  }

  // ---- Fitting ----

  // At most so many rows of each (board, source, band), evenly spaced, with their weights.
  template <class Wanted>
  std::vector<Row<M>> sample(std::size_t per_cell, Wanted&& is_wanted) const {
    std::map<std::tuple<int, std::string, int>, std::vector<const Row<M>*>> cells;
    for (const auto& row : rows_)
      if (is_wanted(row))
        cells[{row.board, row.measured->from.source, Traits::band(*row.measured)}].push_back(&row);
    std::vector<Row<M>> chosen;
    for (const auto& [key, members] : cells) {
      const std::size_t count = std::min(members.size(), per_cell);
      const double cell_weight =
          std::min(1.0, static_cast<double>(members.size()) / kRowsForFullWeight);
      for (std::size_t i = 0; i < count; ++i) {
        Row<M> row = *members[(2 * i + 1) * members.size() / (2 * count)];
        row.weight = cell_weight / static_cast<double>(count);
        chosen.push_back(row);
      }
    }
    return chosen;
  }

  // Shared fields once and local ones per board, as one vector of numbers.
  std::map<int, Params> fit_jointly(std::map<int, Params> start, const std::vector<Row<M>>& rows,
                                    const FitOptions& options) const {
    Box box;
    const auto add = [&](const ParamField<Params>& field, double value) {
      box.lower.push_back(field.lower);
      box.upper.push_back(field.upper);
      box.start.push_back(std::clamp(value, field.lower, field.upper));
    };
    for (const auto& field : shared_) add(field, start.begin()->second.*field.member);
    for (const auto& [board, params] : start)
      for (const auto& field : local_) add(field, params.*field.member);
    std::map<int, Params> candidate = start;
    const auto place = [&](std::span<const double> values) {
      std::size_t next = shared_.size();
      for (auto& [board, params] : candidate) {
        for (std::size_t i = 0; i < shared_.size(); ++i) params.*shared_[i].member = values[i];
        for (const auto& field : local_) params.*field.member = values[next++];
      }
    };
    const auto best = minimise(
        box,
        [&](std::span<const double> values) {
          place(values);
          return loss(candidate, rows);
        },
        options);
    place(best);
    return candidate;
  }

  double loss(const std::map<int, Params>& params, const std::vector<Row<M>>& rows) const {
    double sum = 0;
    int board = -1;
    const Params* of_board = nullptr;
    for (const auto& row : rows) {
      if (row.board != board) {
        board = row.board;
        of_board = &params.at(board);
      }
      sum += row.weight * soft_absolute(std::log(predicted(*row.measured, board, *of_board)));
    }
    return sum;
  }

  double predicted(const M& one, int board, const Params& params) const {
    return Traits::seconds(one, *boards_[static_cast<std::size_t>(board)], params) / one.seconds;
  }

  std::map<int, Params> for_boards(const std::vector<int>& boards, const Params& params) const {
    std::map<int, Params> start;
    for (const int board : boards) start.emplace(board, params);
    return start;
  }

  std::vector<Params> starts() const {
    if (prior_ != nullptr) return {params_of<Params>(*prior_, *boards_.front())};
    return Traits::starts(type_);
  }

  // The menu whose first fit is best, then all of the effort on that.
  std::map<int, Params> fit_from_scratch(const std::vector<int>& boards,
                                         const std::vector<Row<M>>& rows) const {
    std::map<int, Params> best;
    double best_loss = std::numeric_limits<double>::infinity();
    for (const auto& start : starts()) {
      const auto candidate = fit_jointly(for_boards(boards, start), rows, kLookAtMenu);
      const double value = loss(candidate, rows);
      if (value >= best_loss) continue;
      best_loss = value;
      best = candidate;
    }
    return fit_jointly(best, rows, kThorough);
  }

  std::map<std::string, std::vector<int>> architectures() const {
    std::map<std::string, std::vector<int>> result;
    for (std::size_t i = 0; i < boards_.size(); ++i)
      result[architecture_of(*boards_[i])].push_back(static_cast<int>(i));
    return result;
  }
  static bool holds(const std::vector<int>& boards, int board) {
    return std::find(boards.begin(), boards.end(), board) != boards.end();
  }

  // ---- The three fits ----

  void predict_in_sample(SetFit& result) {
    for (const auto& [name, boards] : architectures()) {
      const auto rows =
          sample(kRowsPerCell, [&](const Row<M>& row) { return holds(boards, row.board); });
      for (const auto& [board, params] : fit_from_scratch(boards, rows))
        fitted_[static_cast<std::size_t>(board)] = params;
      result.free_parameters = std::max(
          result.free_parameters, static_cast<int>(shared_.size() + boards.size() * local_.size()));
    }
    for (const auto& row : rows_) {
      PredictedRow one = described(*row.measured);
      one.in_sample =
          predicted(*row.measured, row.board, fitted_[static_cast<std::size_t>(row.board)]);
      result.rows.push_back(one);
    }
  }

  void predict_without_shapes(SetFit& result) const {
    for (const auto& [name, boards] : architectures())
      for (int fold = 0; fold < kFolds; ++fold) {
        std::size_t out = 0;
        for (const auto& row : rows_) out += holds(boards, row.board) && row.fold == fold;
        const auto rows = sample(kRowsPerCell, [&](const Row<M>& row) {
          return holds(boards, row.board) && row.fold != fold;
        });
        if (out == 0 || rows.empty()) continue;
        std::map<int, Params> start;
        for (const auto& row : rows)
          start.emplace(row.board, fitted_[static_cast<std::size_t>(row.board)]);
        const auto params = fit_jointly(start, rows, kFromNearby);
        for (std::size_t i = 0; i < rows_.size(); ++i)
          if (rows_[i].fold == fold && holds(boards, rows_[i].board) &&
              params.contains(rows_[i].board))
            result.rows[i].shape_out =
                predicted(*rows_[i].measured, rows_[i].board, params.at(rows_[i].board));
      }
  }

  void fit_generic(SetFit& result, const SetOptions& options) const {
    std::vector<int> all;
    for (std::size_t i = 0; i < boards_.size(); ++i) all.push_back(static_cast<int>(i));
    const auto params =
        fit_from_scratch(all, sample(kRowsPerCellOfAll, [](const Row<M>&) { return true; }));
    result.generic = rule_of(params);
    if (!options.left_out) return;
    std::set<std::string> dies;
    for (const auto* gpu : boards_) dies.insert(die_of(*gpu));
    if (dies.size() < 2) return;
    for (const auto& die : dies) predict_without_die(die, params, result);
  }

  void predict_without_die(const std::string& die, const std::map<int, Params>& nearby,
                           SetFit& result) const {
    std::map<int, Params> start;
    for (const auto& [board, params] : nearby)
      if (die_of(*boards_[static_cast<std::size_t>(board)]) != die) start.emplace(board, params);
    const auto rows =
        sample(kRowsPerCellOfAll, [&](const Row<M>& row) { return start.contains(row.board); });
    KernelCalibration rule;
    rule.kernel = result.kernel;
    rule.params = rule_of(fit_jointly(start, rows, kFromNearby));
    std::map<int, Params> left_out;
    for (std::size_t board = 0; board < boards_.size(); ++board)
      if (die_of(*boards_[board]) == die)
        left_out.emplace(static_cast<int>(board), params_of<Params>(rule, *boards_[board]));
    for (std::size_t i = 0; i < rows_.size(); ++i)
      if (const auto found = left_out.find(rows_[i].board); found != left_out.end())
        result.rows[i].die_out = predicted(*rows_[i].measured, found->first, found->second);
  }

  // Shared numbers as they are; a board's own as the geometric mean of all boards, or as a power of
  // their TFLOPS per watt.
  std::vector<CalibratedParam> rule_of(const std::map<int, Params>& params) const {
    std::vector<CalibratedParam> rule;
    for (const auto& field : fields_of<Params>()) {
      CalibratedParam one{std::string(field.name), params.begin()->second.*field.member, 0};
      if (!field.chosen && Traits::is_local(field.name) && Traits::is_fitted(type_, field.name)) {
        std::vector<BoardValue> values;
        for (const auto& [board, of_board] : params)
          values.push_back({boards_[static_cast<std::size_t>(board)], of_board.*field.member});
        const PowerLaw law = power_law(values, Traits::has_slope(field.name));
        one.value = law.value;
        one.slope = law.slope;
      }
      rule.push_back(one);
    }
    return rule;
  }

  // ---- Description ----

  PredictedRow described(const M& one) const {
    PredictedRow row;
    row.from = &one.from;
    row.band = Traits::kBands[static_cast<std::size_t>(Traits::band(one))];
    row.seconds = one.seconds;
    if constexpr (requires { one.floor_s; })
      row.at_floor = one.floor_s > 0 && one.seconds < 1.2 * one.floor_s;
    return row;
  }

  void add_excluded(const M& one, SetFit& result) const {
    PredictedRow row = described(one);
    // A board of the same die stands in for one that has no other rows.
    for (std::size_t board = 0; board < boards_.size(); ++board)
      if (boards_[board]->name == one.from.gpu ||
          (row.in_sample == 0 && die_of(*boards_[board]) == one.from.die))
        row.in_sample = predicted(one, static_cast<int>(board), fitted_[board]);
    result.rows.push_back(row);
  }

  template <class Wanted>
  std::vector<CalibratedRange> range_of(Wanted&& is_wanted) const {
    std::vector<CalibratedRange> range;
    for (const auto& row : rows_) {
      if (!is_wanted(row)) continue;
      const auto position = Traits::position(*row.measured);
      if (range.empty())
        for (const auto& at : position) range.push_back({std::string(at.axis), at.value, at.value});
      for (std::size_t i = 0; i < position.size(); ++i) {
        range[i].low = std::min(range[i].low, position[i].value);
        range[i].high = std::max(range[i].high, position[i].value);
      }
    }
    return range;
  }

  BoardFit described(std::size_t board) const {
    BoardFit fit{boards_[board], {}, {}};
    for (const auto& field : fields_of<Params>())
      fit.params.push_back({std::string(field.name), fitted_[board].*field.member, 0});
    const auto is_own = [&](const Row<M>& row) { return row.board == static_cast<int>(board); };
    fit.range = range_of(is_own);
    return fit;
  }

  std::string type_;
  std::vector<const M*> all_;
  const KernelCalibration* prior_;
  std::set<std::string> gpus_;
  std::vector<const GpuSpec*> boards_;  // in the order of gpus_
  Fields shared_, local_;
  std::map<std::string, int> models_;
  std::map<double, int> values_;
  std::vector<Row<M>> rows_;
  std::vector<Params> fitted_;
};

template <class M>
std::vector<SetFit> fit_each(const std::vector<M>& measurements, const SetOptions& options) {
  using Traits = KernelTraits<M>;
  std::map<std::tuple<std::string, std::string, std::string>, std::vector<const M*>> sets;
  for (const auto& one : measurements)
    sets[{Traits::kernel(one), Traits::type(one), std::string(name_of(one.from.generation))}]
        .push_back(&one);
  std::vector<SetFit> fits;
  for (const auto& [key, members] : sets) {
    const bool can_fit = std::any_of(members.begin(), members.end(), [](const M* one) {
      return one->from.excluded.empty() && one->from.timing == Timing::kKernel;
    });
    if (!can_fit) continue;
    const auto& [kernel, type, generation] = key;
    const KernelCalibration* prior =
        options.prior != nullptr ? options.prior->find(kernel, type, generation) : nullptr;
    SetFit fit = Set<M>(type, members, prior).fit(options);
    std::tie(fit.kernel, fit.type, fit.generation) = key;
    fits.push_back(std::move(fit));
  }
  return fits;
}

}  // namespace

std::vector<SetFit> fit_all(const std::vector<GemmMeasurement>& measurements,
                            const SetOptions& options) {
  return fit_each(measurements, options);
}

std::vector<SetFit> fit_all(const std::vector<ElementwiseMeasurement>& measurements,
                            const SetOptions& options) {
  return fit_each(measurements, options);
}

}  // namespace headroom
