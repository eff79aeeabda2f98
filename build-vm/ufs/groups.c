// What lies around the files: each group's header with its maps, the summaries of all groups, the superblock and its copies.
#include "mkufs.h"
#include <stdlib.h>
#include <string.h>

/** How many folders have their inode in a group. */
static u32 *folders;

void count_folder(u32 inode) {
  if (folders == NULL) folders = allocated(layout.groups * sizeof *folders);
  folders[inode / layout.inodes_per_group]++;
}

static void set_bit(u8 *map, u32 bit) { map[bit / 8] |= (u8)(1U << bit % 8); }

static void count_fragments(struct group *group, u8 map) {
  u32 run = 0;
  for (u32 bit = 0; bit <= fragments_per_block; bit++) {
    if (bit < fragments_per_block && (map >> bit & 1) != 0) {
      run++;
      group->summary.free_fragments++;
    } else if (run > 0) {
      group->free_runs[run]++;
      run = 0;
    }
  }
}

static void count_cluster(u32 *counts, u32 run) {
  if (run > 0) counts[run < longest_cluster ? run : longest_cluster]++;
}

/** Fills in the maps of what is free, and counts it. */
static void map_blocks(struct group *group, u32 first_block) {
  u8 *bytes = (u8 *)group;
  u32 counts[longest_cluster + 1] = {0}, run = 0;
  for (u32 block = 0; block < group->clusters; block++) {
    u8 map = free_in_block(first_block + block);
    bytes[layout.free_fragments + block] = map;
    if (map == 0xff) {
      set_bit(bytes + layout.free_clusters, block);
      group->summary.free_blocks++;
      run++;
    } else {
      count_fragments(group, map);
      count_cluster(counts, run);
      run = 0;
    }
  }
  count_cluster(counts, run);
  memcpy(bytes + layout.cluster_counts + 4, counts + 1, longest_cluster * 4);
}

/** `used`: how many of its inodes are, the first ones. */
static void write_group(u32 index, u32 used, struct summary *summary) {
  struct group *group = allocated(layout.group_bytes);
  group->magic = group_magic;
  group->index = index;
  group->fragments = group_fragments(index);
  group->clusters = group->fragments / fragments_per_block;
  group->used_inodes = layout.used_inodes;
  group->free_fragments = layout.free_fragments;
  group->cluster_counts = layout.cluster_counts;
  group->free_clusters = layout.free_clusters;
  group->end = layout.end;
  if (wishes.version == 1) {
    group->old_time = (u32)wishes.time;
    group->old_cylinders = 1;
    group->old_inodes = (u16)layout.inodes_per_group;
    group->old_totals = sizeof(struct group);
    group->old_positions = group->old_totals + 4;
  } else {
    group->time = wishes.time;
    group->inodes = group->ready_inodes = layout.inodes_per_group;
  }
  group->summary.folders = folders[index];
  group->summary.free_inodes = layout.inodes_per_group - used;
  for (u32 inode = 0; inode < used; inode++) set_bit((u8 *)group + layout.used_inodes, inode);
  u32 start = index * layout.fragments_per_group;
  map_blocks(group, start / fragments_per_block);
  write_at((u64)(start + layout.group_at) << fragment_shift, group, layout.group_bytes);
  *summary = group->summary;
  free(group);
}

static void fill_old(struct superblock *super) {
  super->old_group_mask = 0xffffffff;
  super->old_time = (u32)wishes.time;
  super->old_size = (u32)super->size;
  super->old_data_size = (u32)super->data_size;
  super->old_rotations = 60;
  super->old_sectors_per_fragment = sectors_per_fragment;
  super->old_interleave = super->old_cylinders_per_group = super->old_table_format = super->old_positions = 1;
  super->old_sectors_per_cylinder = layout.fragments_per_group * sectors_per_fragment;
  super->old_sectors_per_track = super->old_sectors_with_spares = super->old_sectors_per_cylinder;
  super->old_cylinders = layout.groups;
  super->old_summaries_at = (u32)super->summaries_at;
  super->old_totals = (struct summary){
    (u32)super->folders, (u32)super->free_blocks, (u32)super->free_inodes, (u32)super->free_fragments,
  };
  super->old_inode_format = 2;
}

static void fill_sizes(struct superblock *super) {
  super->groups = layout.groups;
  super->block_bytes = super->largest_block = block_bytes;
  super->fragment_bytes = fragment_bytes;
  super->fragments_per_block = fragments_per_block;
  super->block_mask = (u32)-block_bytes;
  super->fragment_mask = (u32)-fragment_bytes;
  super->inverted_block_mask = block_bytes - 1;
  super->inverted_fragment_mask = fragment_bytes - 1;
  super->block_shift = block_shift;
  super->fragment_shift = fragment_shift;
  super->fragments_per_block_shift = block_shift - fragment_shift;
  super->sectors_per_fragment_shift = 3;
  super->superblock_bytes = fragment_bytes;
  super->pointers_per_block = 1U << layout.pointer_shift;
  super->inodes_per_block = layout.inodes_per_block;
  super->summaries_bytes = layout.summaries_fragments << fragment_shift;
  super->group_bytes = layout.group_bytes;
  super->inodes_per_group = layout.inodes_per_group;
  super->fragments_per_group = layout.fragments_per_group;
  super->fast_link_bytes = pointer_count * (wishes.version == 1 ? 4 : 8);
  super->largest_file = (u64)direct_pointers * block_bytes - 1;
  for (u32 level = 1; level <= 3; level++) super->largest_file += (u64)block_bytes << level * layout.pointer_shift;
}

/** What newfs chooses where nobody asks for anything else. */
static void fill_choices(struct superblock *super) {
  super->reserve_percent = 8;
  super->longest_run = super->longest_cluster = longest_cluster;
  super->file_blocks_per_group = block_bytes / 8;
  super->average_file_bytes = 16384;
  super->average_folder_files = 64;
  super->clean = 1;
  super->old_flags = 0x80; // flags lie where UFS2 has them
}

static void fill(struct superblock *super, const struct summary *summaries) {
  super->magic = wishes.version == 1 ? ufs1_magic : ufs2_magic;
  super->superblock_at = layout.superblock_at;
  super->group_at = layout.group_at;
  super->inodes_at = layout.inodes_at;
  super->data_at = layout.data_at;
  super->standard_at = layout.standard_at;
  memcpy(super->id, wishes.id, sizeof super->id);
  strcpy(super->label, wishes.label);
  super->time = wishes.time;
  super->size = layout.size;
  super->summaries_at = layout.data_at;
  u32 tables = layout.groups * (layout.data_at - layout.superblock_at) + layout.superblock_at + layout.summaries_fragments;
  super->data_size = layout.size - tables;
  for (u32 group = 0; group < layout.groups; group++) {
    super->folders += summaries[group].folders;
    super->free_blocks += summaries[group].free_blocks;
    super->free_inodes += summaries[group].free_inodes;
    super->free_fragments += summaries[group].free_fragments;
  }
  fill_sizes(super);
  fill_choices(super);
  if (wishes.version == 1) fill_old(super);
}

void write_groups(u32 inodes) {
  struct summary *summaries = allocated(layout.summaries_fragments << fragment_shift);
  u32 left = inodes + root_inode;
  for (u32 group = 0; group < layout.groups; group++) {
    u32 used = left < layout.inodes_per_group ? left : layout.inodes_per_group;
    write_group(group, used, &summaries[group]);
    left -= used;
  }
  write_at((u64)layout.data_at << fragment_shift, summaries, layout.summaries_fragments << fragment_shift);
  // A fragment each, of which the superblock takes the first third.
  u8 *bytes = allocated(fragment_bytes);
  fill((struct superblock *)bytes, summaries);
  write_at(layout.standard_at, bytes, fragment_bytes);
  for (u32 group = 0; group < layout.groups; group++) {
    u64 at = group * layout.fragments_per_group + layout.superblock_at;
    write_at(at << fragment_shift, bytes, fragment_bytes);
  }
}
