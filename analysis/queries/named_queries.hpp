// analysis/queries/named_queries.hpp -- the questions that come with the program: the .sql files of
// this folder, embedded. A file starts with a description and its parameters, all of them optional:
//   -- What it answers.
//   -- :run (the run started last) run id          name, (what stands when it is absent), meaning
//   -- {x} (ttft_p99_s) a metric                   likewise, of a parameter that names a column
//   -- needs rows in: request                      a table that a run has to have rows in
// {x} in the statement becomes the name of a metric, {x.sign} 1 where more of it is better, else
// -1.
#pragma once

#include <string>
#include <vector>

namespace headroom {

struct QueryParameter {
  std::string name;    // without colon or braces
  std::string absent;  // what the query takes when it is not given
  std::string meaning;
  bool is_metric = false;  // a column of run_metric that is a number; `absent` is one too
};

struct NamedQuery {
  std::string name;  // the file's, without .sql
  std::string description;
  std::vector<QueryParameter> parameters;
  std::string sql;
  std::string needed_table;  // without rows of the run in it there is no answer; "": none
};

// In the order they are presented.
const std::vector<NamedQuery>& named_queries();

// Null when there is none of that name.
const NamedQuery* find_named_query(const std::string& name);

}  // namespace headroom
