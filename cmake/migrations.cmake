# embed_migrations(target): compiles storage/migrations/NNNN_name.sql into `target` as a table, so that a
# binary carries the schema it needs.
function(embed_migrations target)
  file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/storage/migrations/*.sql)
  list(SORT files)
  set(text "#include \"storage/database/migrations.hpp\"\nnamespace concordat::storage {\nconst std::vector<Migration>& migrations() {\n    static const std::vector<Migration> all{\n")
  foreach(file ${files})
    get_filename_component(name ${file} NAME_WE)
    string(REGEX MATCH "^[0-9]+" number ${name})
    math(EXPR number "${number}")  # drops the leading zeros
    file(READ ${file} sql)
    string(APPEND text "        {${number}, \"${name}\", R\"sql(${sql})sql\"},\n")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  endforeach()
  string(APPEND text "    };\n    return all;\n}\n}  // namespace concordat::storage\n")
  file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/migrations_table.cpp CONTENT "${text}")
  target_sources(${target} PRIVATE ${PROJECT_BINARY_DIR}/migrations_table.cpp)
endfunction()
