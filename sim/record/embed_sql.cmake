# headroom_embed_sql(OUTPUT.cpp FILE.sql kConstant [FILE.sql kConstant]...): each file becomes
# `extern const char* const kConstant` in namespace headroom::embedded. SQL stays SQL: readable,
# highlighted, runnable by any client.
function(headroom_embed_sql output)
  set(text "// Generated from the .sql files beside it in the source tree.\nnamespace headroom::embedded {\n")
  set(pairs ${ARGN})
  while(pairs)
    list(POP_FRONT pairs file constant)
    file(READ ${CMAKE_CURRENT_SOURCE_DIR}/${file} sql)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${file})
    string(APPEND text "extern const char* const ${constant};\nconst char* const ${constant} = R\"sql(${sql})sql\";\n")
  endwhile()
  string(APPEND text "}  // namespace headroom::embedded\n")
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${output} CONTENT "${text}" @ONLY)
endfunction()
