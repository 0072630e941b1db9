// analysis/queries/named_queries.hpp -- the questions that come with the program: the .sql files of
// this folder, embedded. A file starts with a description and its parameters, all of them optional:
//   -- What it answers.
//   -- :run (the run started last) run id          name, (what stands when it is absent), meaning
#pragma once

#include <string>
#include <vector>

namespace headroom {

struct QueryParameter {
  std::string name;    // without the colon
  std::string absent;  // what the query takes when it is not given
  std::string meaning;
};

struct NamedQuery {
  std::string name;  // the file's, without .sql
  std::string description;
  std::vector<QueryParameter> parameters;
  std::string sql;
};

// In the order they are presented.
const std::vector<NamedQuery>& named_queries();

// Null when there is none of that name.
const NamedQuery* find_named_query(const std::string& name);

}  // namespace headroom
