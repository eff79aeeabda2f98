// Files of every kind: what they hold, and their inodes.
#include "mkufs.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// What the inode has room for in the place of pointers. FreeBSD takes it for shorter links only.
static u32 fast_link_bytes(void) { return pointer_count * (wishes.version == 1 ? 4 : 8); }

static void write_inode(const struct node *node, const struct content *content) {
  if (wishes.version == 1 && content->sectors > INT32_MAX) fail(not_possible, "%s holds more than 1 TiB; use ufs2", path_of(node));
  u32 group = node->inode / layout.inodes_per_group, index = node->inode % layout.inodes_per_group;
  u64 at = (u64)(group * layout.fragments_per_group + layout.inodes_at) << fragment_shift;
  at += (u64)index * layout.inode_bytes;
  size_t inline_bytes = content->bytes != NULL && content->sectors == 0 ? (size_t)content->size : 0;
  if (wishes.version == 1) {
    struct inode1 inode = {
      .mode = (u16)node->mode, .links = (u16)node->links, .size = content->size, .user = node->user, .group = node->group,
      .accessed = {(s32)wishes.time, 0}, .modified = {(s32)node->time, 0}, .changed = {(s32)wishes.time, 0},
      .sectors = (u32)content->sectors, .generation = 1,
    };
    for (u32 pointer = 0; pointer < pointer_count; pointer++) inode.pointers[pointer] = (u32)content->pointers[pointer];
    if (inline_bytes > 0) memcpy(inode.pointers, content->bytes, inline_bytes);
    write_at(at, &inode, sizeof inode);
  } else {
    struct inode2 inode = {
      .mode = (u16)node->mode, .links = (u16)node->links, .size = content->size, .user = node->user, .group = node->group,
      .accessed = wishes.time, .modified = node->time, .changed = wishes.time, .born = wishes.time,
      .block_bytes = block_bytes, .sectors = content->sectors, .generation = 1,
    };
    memcpy(inode.pointers, content->pointers, sizeof inode.pointers);
    if (inline_bytes > 0) memcpy(inode.pointers, content->bytes, inline_bytes);
    write_at(at, &inode, sizeof inode);
  }
}

static u32 name_bytes(const char *text) { return (u32)(sizeof(struct name) + strlen(text) + 4) & ~3U; }

/** Adds a name behind the last one, which lies at `last`; the last name of each chunk reaches to its end. */
static void add_name(u8 *bytes, u64 *size, u64 *last, const struct node *node, const char *text) {
  u32 length = name_bytes(text), left = folder_chunk_bytes - (u32)(*size % folder_chunk_bytes);
  if (length > left) {
    ((struct name *)(bytes + *last))->record_bytes += (u16)left;
    *size += left;
  }
  struct name *name = (struct name *)(bytes + *size);
  name->inode = node->first->inode;
  name->record_bytes = (u16)length;
  name->type = (u8)(node->mode >> 12);
  name->length = (u8)strlen(text);
  memcpy(name->text, text, strlen(text));
  *last = *size;
  *size += length;
}

static void store_folder(const struct node *folder) {
  // A name takes up to 264 bytes, and is never left more than that at the end of a chunk.
  u64 size = 0, last = 0, room = 2 * folder_chunk_bytes;
  for (u32 index = 0; index < folder->child_count; index++) room += 2 * name_bytes(folder->children[index].name);
  u8 *bytes = allocated((size_t)room);
  add_name(bytes, &size, &last, folder, ".");
  add_name(bytes, &size, &last, folder->parent == NULL ? folder : folder->parent, "..");
  for (u32 index = 0; index < folder->child_count; index++) {
    add_name(bytes, &size, &last, &folder->children[index], folder->children[index].name);
  }
  u32 left = (folder_chunk_bytes - (u32)(size % folder_chunk_bytes)) % folder_chunk_bytes;
  ((struct name *)(bytes + last))->record_bytes += (u16)left;
  struct content content = {.file = -1, .bytes = bytes, .size = size + left};
  store(&content, folder);
  count_folder(folder->inode);
  write_inode(folder, &content);
  free(bytes);
}

static void store_link(const struct node *link) {
  u8 *target = allocated((size_t)link->size + 1);
  ssize_t length = readlink(link->name, (char *)target, (size_t)link->size + 1);
  if (length != (ssize_t)link->size) fail(trouble, "%s cannot be read", path_of(link));
  struct content content = {.file = -1, .bytes = target, .size = link->size};
  if (link->size >= fast_link_bytes()) store(&content, link);
  write_inode(link, &content);
  free(target);
}

static void store_regular(const struct node *node) {
  struct content content = {.file = open(node->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), .size = node->size};
  if (content.file < 0) fail(trouble, "%s cannot be read: %m", path_of(node));
  store(&content, node);
  write_inode(node, &content);
  close(content.file);
}

void store_file(const struct node *node) {
  if (S_ISDIR(node->mode)) store_folder(node);
  else if (S_ISLNK(node->mode)) store_link(node);
  else if (S_ISREG(node->mode)) store_regular(node);
  else write_inode(node, &(struct content){.pointers = {node->device}});
}
