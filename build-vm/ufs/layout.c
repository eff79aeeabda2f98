// Where everything lies: a disk is cut into groups of the same size, each with a superblock, a header, its inodes, and room for data.
// The formulas are those of FreeBSD's newfs, because its kernel and fsck compare with them.
#include "mkufs.h"

struct layout layout;

enum {
  superblock_room = 8192,
  fragments_per_inode = 4,
  most_old_inodes = 0x7fff, // UFS1 counts a group's in 16 bits
  most_fragments = 0x7ffffff8,
};

static u32 up(u32 number, u32 step) { return (number + step - 1) / step * step; }
static u32 shares(u32 number, u32 share) { return (number + share - 1) / share; }

/** The parts of a group's header, each behind the other. */
static void plan_header(void) {
  // Two tables of UFS1 with a number each, which nobody has kept for decades, but for their place.
  u32 old_tables = wishes.version == 1 ? 4 + 2 : 0;
  layout.used_inodes = (u32)sizeof(struct group) + old_tables;
  layout.free_fragments = layout.used_inodes + shares(layout.inodes_per_group, 8);
  u32 end = layout.free_fragments + layout.fragments_per_group / 8;
  layout.cluster_counts = up(end, 4) - 4; // the count of clusters of no block is left out, but not its place
  layout.free_clusters = layout.cluster_counts + 4 * (longest_cluster + 1);
  layout.end = layout.free_clusters + shares(layout.fragments_per_group / fragments_per_block, 8);
  // As newfs counts, with a few bytes to spare.
  u32 maps = layout.end - layout.used_inodes;
  layout.group_bytes = up((u32)sizeof(struct group) + 8 + old_tables + maps, fragment_bytes);
}

static bool fits_header(void) {
  return layout.group_bytes <= block_bytes && (wishes.version == 2 || layout.inodes_per_group <= most_old_inodes);
}

u32 group_fragments(u32 group) {
  u32 rest = layout.size - group * layout.fragments_per_group;
  return rest < layout.fragments_per_group ? rest : layout.fragments_per_group;
}

void plan_layout(u64 device_bytes, u32 inodes) {
  u64 size = device_bytes >> block_shift << (block_shift - fragment_shift);
  if (size > most_fragments) fail(not_possible, "more than 8 TiB are not possible");
  layout.size = (u32)size;
  layout.standard_at = wishes.version == 1 ? 8192 : 65536;
  layout.superblock_at = up((layout.standard_at + superblock_room) >> fragment_shift, fragments_per_block);
  layout.group_at = layout.superblock_at + up(superblock_room >> fragment_shift, fragments_per_block);
  layout.inodes_at = layout.group_at + fragments_per_block;
  layout.inode_bytes = wishes.version == 1 ? sizeof(struct inode1) : sizeof(struct inode2);
  layout.inodes_per_block = block_bytes / layout.inode_bytes;
  layout.pointer_shift = block_shift - (wishes.version == 1 ? 2 : 3);
  u32 wanted = inodes + root_inode;
  if (wanted < layout.size / fragments_per_inode) wanted = layout.size / fragments_per_inode;
  do {
    layout.groups++;
    layout.fragments_per_group = up(shares(layout.size, layout.groups), fragments_per_block);
    layout.inodes_per_group = up(shares(wanted, layout.groups), layout.inodes_per_block);
    plan_header();
  } while (!fits_header());
  layout.data_at = layout.inodes_at + layout.inodes_per_group / layout.inodes_per_block * fragments_per_block;
  layout.summaries_fragments = shares(layout.groups * (u32)sizeof(struct summary), fragment_bytes);
  u64 least = (u64)(layout.groups - 1) * layout.fragments_per_group + layout.data_at;
  bool first_holds_summaries = layout.data_at + layout.summaries_fragments <= group_fragments(0);
  if (layout.size < least || !first_holds_summaries) fail(no_room, "the tables alone need more room");
}
