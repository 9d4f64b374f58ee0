/* Clocks, and what Linux's /proc says of a server. */
#ifndef TAKEN_H
#define TAKEN_H

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "link.h"

static uint64_t clock_ns(clockid_t which)
{
    struct timespec time;
    clock_gettime(which, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* CPU seconds of a process so far, user and system, of all the threads that it has. */
static double cpu_of(int pid)
{
    char path[300];
    unsigned long all = 0, ran;
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *tasks = opendir(path);
    if (!tasks)
        die("the server is gone");
    for (struct dirent *task; (task = readdir(tasks));) {
        snprintf(path, sizeof path, "/proc/%d/task/%.20s/schedstat", pid, task->d_name);
        FILE *file = *task->d_name == '.' ? NULL : fopen(path, "r");
        if (file && fscanf(file, "%lu", &ran) == 1)
            all += ran;
        if (file)
            fclose(file);
    }
    closedir(tasks);
    return (double)all / 1e9;
}

/* Seconds for which its first thread could have run and something else had its core. */
static double waited_by(int pid)
{
    char path[64];
    unsigned long ran, waited = 0;
    snprintf(path, sizeof path, "/proc/%d/schedstat", pid);
    FILE *file = fopen(path, "r");
    if (file) {
        if (fscanf(file, "%lu %lu", &ran, &waited) != 2)
            waited = 0;
        fclose(file);
    }
    return (double)waited / 1e9;
}

#endif
