// census_actors: the part of a look that finds blocks by what names them: thread records, actors and names.
#pragma once

#include "shm/check/census.hpp"

namespace buskin::shm {

/// Processes and thread records. Names the blocks of sends and turns that are under way.
void count_records(Census& census);
/// Actors: their hosts, their lanes, and the words of their slots.
void count_actors(Census& census);
/// The tables of names, and the actors that their entries lead to.
void count_names(Census& census);

}  // namespace buskin::shm
