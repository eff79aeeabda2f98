// The parts of mkufs and what they share. A fragment is 4 KiB, a block eight of them: what FreeBSD's newfs takes.
#pragma once
#include "format.h"
#include <stdbool.h>
#include <sys/types.h>

enum { fragment_shift = 12, block_shift = 15, fragments_per_block = 8 };
enum { fragment_bytes = 1 << fragment_shift, block_bytes = 1 << block_shift, sectors_per_fragment = 8 };

/** How the program ends: without enough room, with another trouble, or with a file that UFS cannot hold. */
enum failure { no_room = 1, trouble = 2, not_possible = 3 };

// --- main.c ---

struct wishes {
  int version;
  const char *label;
  u32 id[2];
  s64 time;
};
extern struct wishes wishes;

_Noreturn void fail(enum failure failure, const char *format, ...) __attribute__((format(printf, 2, 3)));
void *allocated(size_t bytes);
void write_at(u64 offset, const void *bytes, size_t length);

// --- layout.c: where everything lies ---

struct layout {
  u32 size; // fragments
  u32 groups, fragments_per_group, inodes_per_group;
  u32 superblock_at, group_at, inodes_at, data_at; // fragments from the beginning of a group
  u32 standard_at, inode_bytes, inodes_per_block, pointer_shift;
  u32 summaries_fragments, group_bytes;
  // Bytes from the beginning of a group's header.
  u32 used_inodes, free_fragments, cluster_counts, free_clusters, end;
};
extern struct layout layout;

enum { longest_cluster = 16 };

void plan_layout(u64 device_bytes, u32 inodes);
u32 group_fragments(u32 group);

// --- tree.c: the folder, in memory ---

struct node {
  struct node *parent, *children;
  const struct node *first; // of several names of one file; this one when it is the only one
  char *name;
  u32 child_count, inode, links;
  mode_t mode;
  u32 user, group, device;
  s64 time;
  u64 size;
};

/** Reads the current folder. `inodes` becomes how many it takes. */
struct node *read_tree(u32 *inodes);
/** Calls `visit` for every file, each with its folder as current folder, folders before what they hold. */
void walk(const struct node *folder, void (*visit)(const struct node *));
/** Its path, for messages. */
const char *path_of(const struct node *node);

// --- space.c: which fragments are free ---

void plan_space(void);
/** The address of so many fragments in a row within one block. */
u32 take_fragments(u32 count);
/** The fragments of a block, the first in the lowest bit, as they lie on the disk. */
u8 free_in_block(u32 block);

// --- contents.c: blocks of a file ---

struct content {
  int file; // or -1, with `bytes` in memory
  const u8 *bytes;
  u64 size;
  u64 pointers[pointer_count];
  u64 sectors;
};

/** Writes all of it, and fills in `pointers` and `sectors`. A folder's or file's zeros become holes, but for the last block. */
void store(struct content *content, const struct node *node);

// --- files.c ---

void store_file(const struct node *node);

// --- groups.c ---

void count_folder(u32 inode);
/** Headers of groups, their summaries, and all superblocks. The first `inodes` are in use. */
void write_groups(u32 inodes);
