// Reads a folder into memory: names sorted by bytes, inodes numbered folder by folder, several names of a file as one file.
#include "mkufs.h"
#include <dirent.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { most_links = 32767 };

struct linked {
  dev_t device;
  ino_t inode;
  struct node *node;
};

static void *linked_files;
static u32 inode_count;

const char *path_of(const struct node *node) {
  if (node->parent == NULL) return "/";
  const char *above = path_of(node->parent);
  char *path = allocated(strlen(above) + strlen(node->name) + 2);
  strcpy(path, above);
  if (node->parent->parent != NULL) strcat(path, "/");
  return strcat(path, node->name);
}

static int by_inode(const void *left, const void *right) {
  const struct linked *one = left, *other = right;
  if (one->device != other->device) return one->device < other->device ? -1 : 1;
  return one->inode == other->inode ? 0 : one->inode < other->inode ? -1 : 1;
}

/** The node that has the same file's first name: `node`, when this is it. */
static struct node *first_name(struct node *node, const struct stat *facts) {
  if (S_ISDIR(facts->st_mode) || facts->st_nlink == 1) return node;
  struct linked *linked = allocated(sizeof *linked);
  *linked = (struct linked){facts->st_dev, facts->st_ino, node};
  struct linked **found = tsearch(linked, &linked_files, by_inode);
  if (found == NULL) fail(trouble, "there is not enough memory");
  return (*found)->node;
}

static void read_facts(struct node *node) {
  struct stat facts;
  if (lstat(node->name, &facts) != 0) fail(trouble, "%s cannot be read: %m", path_of(node));
  bool is_device = S_ISCHR(facts.st_mode) || S_ISBLK(facts.st_mode);
  if (is_device && (major(facts.st_rdev) > 255 || minor(facts.st_rdev) > 255)) {
    fail(not_possible, "%s is a device with a number beyond 255; remove it", path_of(node));
  }
  node->mode = facts.st_mode;
  node->user = facts.st_uid;
  node->group = facts.st_gid;
  node->device = is_device ? major(facts.st_rdev) << 8 | minor(facts.st_rdev) : 0;
  node->time = facts.st_mtime < wishes.time ? facts.st_mtime : wishes.time;
  node->size = (u64)facts.st_size;
  struct node *first = first_name(node, &facts);
  node->first = first;
  if (first == node) node->inode = root_inode + inode_count++;
  // A folder has its name, its ".", and the ".." of each folder in it.
  first->links += S_ISDIR(node->mode) ? 2 : 1;
  if (S_ISDIR(node->mode) && node->parent != NULL) node->parent->links++;
  if (first->links > most_links) fail(not_possible, "%s has more than %d names or folders; remove some", path_of(first), most_links);
}

static int is_name(const struct dirent *entry) { return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0; }

static int by_bytes(const struct dirent **left, const struct dirent **right) {
  return strcmp((*left)->d_name, (*right)->d_name);
}

static void enter(const struct node *folder) {
  if (chdir(folder->name) != 0) fail(trouble, "%s cannot be read: %m", path_of(folder));
}

static void leave(const struct node *folder) {
  if (chdir("..") != 0) fail(trouble, "what is beside %s cannot be read: %m", path_of(folder));
}

static void read_folder(struct node *folder) {
  struct dirent **names;
  int count = scandir(".", &names, is_name, by_bytes);
  if (count < 0) fail(trouble, "%s cannot be read: %m", path_of(folder));
  folder->child_count = (u32)count;
  folder->children = allocated(((size_t)count + 1) * sizeof *folder->children);
  for (int index = 0; index < count; index++) {
    struct node *child = &folder->children[index];
    child->parent = folder;
    child->name = strdup(names[index]->d_name);
    if (child->name == NULL) fail(trouble, "there is not enough memory");
    free(names[index]);
    read_facts(child);
  }
  free(names);
  for (int index = 0; index < count; index++) {
    struct node *child = &folder->children[index];
    if (!S_ISDIR(child->mode)) continue;
    enter(child);
    read_folder(child);
    leave(child);
  }
}

struct node *read_tree(u32 *inodes) {
  struct node *root = allocated(sizeof *root);
  root->name = ".";
  read_facts(root);
  read_folder(root);
  *inodes = inode_count;
  return root;
}

void walk(const struct node *folder, void (*visit)(const struct node *)) {
  for (u32 index = 0; index < folder->child_count; index++) {
    const struct node *child = &folder->children[index];
    if (child->first == child) visit(child);
  }
  for (u32 index = 0; index < folder->child_count; index++) {
    const struct node *child = &folder->children[index];
    if (!S_ISDIR(child->mode)) continue;
    enter(child);
    walk(child, visit);
    leave(child);
  }
}
