/* Gives every file of the directories named as arguments to the fuzz target, as tests. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

enum { LARGEST = 1024 * 1024 };

static void replay(const char *directory, const char *name)
{
	static uint8_t bytes[LARGEST];
	char path[4096];
	FILE *file;
	size_t size;

	(void)snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "rb");
	if (!file) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	size = fread(bytes, 1, sizeof(bytes), file);
	(void)fclose(file);
	(void)printf("%s\n", path);
	(void)fflush(stdout);
	(void)LLVMFuzzerTestOneInput(bytes, size);
}

int main(int argc, char **argv)
{
	int count = 0;

	for (int i = 1; i < argc; i++) {
		DIR *directory = opendir(argv[i]);
		struct dirent *entry;

		while (directory && (entry = readdir(directory))) {
			if (entry->d_name[0] == '.')
				continue;
			replay(argv[i], entry->d_name);
			count++;
		}
		if (directory)
			(void)closedir(directory);
	}
	return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
