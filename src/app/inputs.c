/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CIRCUIT[.TAP]=FILE: which file belongs to which circuit and tap
 *
 * DOC: Theory of operation
 *
 * With a site file, an argument without a name is left to the taps of the
 * site (by interface, file, VLAN and so on); one with a name is bound to a
 * tap of that circuit as a whole.  Without a site file, circuits and taps are
 * made here: one a file, or one an interface where a pcapng file has several.
 * A pcapng file tells its interfaces as it goes, so those are bound when
 * their first frame is there; all others at once, so that a file without a
 * single frame still is a tap, and a silent one.
 *
 * Arguments are sorted, so that their order on the command line leaves no
 * trace in what is found.
 */
#include "inputs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "clash.h"
#include "evidence.h"
#include "options.h"

/* ------------------------------------------------------------- arguments */

static bool ends_with(const char *s, size_t n, const char *ending, size_t *cut)
{
	size_t e = strlen(ending);

	if (n <= e || strncasecmp(s + n - e, ending, e))
		return false;
	*cut = n - e;
	return true;
}

static char *base_name(const char *path)
{
	static const char *const endings[] = {
		".gz", ".zst", ".zstd", ".pcap", ".pcapng", ".cap", ".dmp",
	};
	const char *last = strrchr(path, '/');
	size_t n;

	if (!strcmp(path, "-"))
		return xstrdup("stdin");
	last = last ? last + 1 : path;
	n = strlen(last);
	for (size_t i = 0; i < ARRAY_SIZE(endings);) {
		if (ends_with(last, n, endings[i], &n))
			i = 0;
		else
			i++;
	}
	return xstrndup(last, n);
}

/* "name=path", unless what stands before '=' cannot be a name. */
static void split_arg(char *text, bool interface, struct file_arg *a)
{
	char *equals = strchr(text, '='), *slash = strchr(text, '/'), *dot;
	struct stat st;

	a->forced = -1;
	a->path = text;
	if (equals && equals != text && !(slash && slash < equals) &&
	    (interface || stat(text, &st))) {
		a->circuit = xstrndup(text, (size_t)(equals - text));
		a->path = equals + 1;
		dot = strchr(a->circuit, '.');
		if (dot && dot != a->circuit && dot[1]) {
			a->tap = xstrdup(dot + 1);
			*dot = '\0';
		}
	}
	a->base = interface ? xstrdup(a->path) : base_name(a->path);
}

static int compare_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int compare_args(const void *a_, const void *b_)
{
	const struct file_arg *a = a_, *b = b_;
	int order = compare_text(a->circuit ? a->circuit : a->base,
				 b->circuit ? b->circuit : b->base);

	/* Who is named has the name; a file that is called so gets another. */
	if (!order)
		order = !a->circuit - !b->circuit;
	if (!order)
		order = compare_text(a->tap, b->tap);
	return order ? order : strcmp(a->path, b->path);
}

/* --------------------------------------------------------- names to taps */

static bool name_taken(const struct site *site, const char *name)
{
	for (size_t i = 0; i < site->taps; i++) {
		if (!strcmp(site->tap[i].name, name))
			return true;
	}
	return site_find_circuit(site, name) >= 0;
}

/* @name, or @name-2, @name-3 ... ; to be freed */
static char *free_name(const struct site *site, const char *name)
{
	struct str s = {0};

	str_add(&s, name);
	for (unsigned n = 2; name_taken(site, s.s); n++) {
		str_clear(&s);
		str_addf(&s, "%s-%u", name, n);
	}
	return s.s;
}

static bool tap_name_taken(const struct site *site, const char *name)
{
	for (size_t i = 0; i < site->taps; i++) {
		if (!strcmp(site->tap[i].name, name))
			return true;
	}
	return false;
}

/* A tap of a circuit, outside, that states nothing: bound by hand. */
static int add_tap(struct site *site, const char *name, int circuit)
{
	struct str s = {0};
	int tap;

	str_add(&s, name);
	for (unsigned n = 2; tap_name_taken(site, s.s); n++) {
		str_clear(&s);
		str_addf(&s, "%s-%u", name, n);
	}
	tap = site_add_tap(site, s.s, circuit);
	str_free(&s);
	return tap;
}

/* The pools that the command line gives to a circuit that is made now. */
static void add_pools(const struct options *o, struct site *site, int circuit)
{
	for (size_t i = 0; i < o->pools; i++) {
		if (!strcmp(o->pool[i].circuit, site->circuit[circuit].name))
			site_add_pool(site, circuit, &o->pool[i].prefix);
	}
}

static int make_circuit(const struct options *o, struct site *site,
			const char *name)
{
	int circuit = site_add_circuit(site, name);

	if (circuit >= 0)
		add_pools(o, site, circuit);
	return circuit;
}

/* CIRCUIT, or CIRCUIT-TAP */
static int add_named_tap(struct site *site, const struct file_arg *a,
			 int circuit)
{
	struct str name = {0};
	int tap;

	str_add(&name, site->circuit[circuit].name);
	if (a->tap)
		str_addf(&name, "-%s", a->tap);
	tap = add_tap(site, name.s, circuit);
	str_free(&name);
	return tap;
}

/* Without a site file: the circuit and tap of an argument with a name, or of
 * a file that is one circuit whatever it holds.
 */
static int make_tap(struct inputs *in, const struct file_arg *a)
{
	char *name = NULL;
	int circuit = -1, tap = -1;

	if (a->circuit)
		circuit = site_find_circuit(in->site, a->circuit);
	if (circuit < 0) {
		name = a->circuit ? xstrdup(a->circuit)
				  : free_name(in->site, a->base);
		circuit = make_circuit(in->options, in->site, name);
		free(name);
	}
	if (circuit >= 0)
		tap = add_named_tap(in->site, a, circuit);
	if (tap >= 0 && a->tap && !strcmp(a->tap, "inside"))
		in->site->tap[tap].side = TAP_INSIDE;
	if (tap < 0)
		log_error("%s: more than %d circuits or taps; name a circuit "
			  "for several files: CIRCUIT=FILE",
			  a->path, SITE_MAX_TAPS);
	return tap;
}

static int unknown_circuit(const struct site *site, const char *option,
			   const char *circuit)
{
	const char *near = site_nearest_circuit(site, circuit);

	if (near)
		log_error("%s: there is no circuit '%s'; did you mean '%s'?",
			  option, circuit, near);
	else
		log_error("%s: there is no circuit '%s'", option, circuit);
	return -1;
}

/* With a site file: the tap that an argument names. */
static int find_tap(struct site *site, const struct file_arg *a)
{
	int circuit = site_find_circuit(site, a->circuit), only = -1;
	unsigned of_circuit = 0;

	if (circuit < 0)
		return unknown_circuit(site, a->path, a->circuit);
	for (size_t i = 0; i < site->taps; i++) {
		if (site->tap[i].circuit != circuit)
			continue;
		if (a->tap && !strcmp(site->tap[i].name, a->tap))
			return (int)i;
		of_circuit++;
		only = (int)i;
	}
	if (a->tap) {
		log_error("%s: circuit '%s' has no tap '%s'", a->path,
			  a->circuit, a->tap);
		return -1;
	}
	/* All of the file is the circuit's; which of its taps is not said. */
	return of_circuit == 1 ? only : add_tap(site, a->base, circuit);
}

/* Parts of what one tap has captured: they lie side by side when sorted. */
static bool same_tap(const struct file_arg *a, const struct file_arg *b)
{
	return a->circuit && b->circuit && !strcmp(a->circuit, b->circuit) &&
	       !compare_text(a->tap, b->tap);
}

static bool force_taps(struct inputs *in)
{
	for (size_t i = 0; i < in->count; i++) {
		struct file_arg *a = &in->arg[i];
		const struct capture_input *file;

		if (i && same_tap(a - 1, a)) {
			a->forced = a[-1].forced;
			continue;
		}
		if (in->options->site_path) {
			if (!a->circuit)
				continue;
			a->forced = find_tap(in->site, a);
		} else {
			file = capture_input(in->capture, (uint32_t)i);
			if (!a->circuit && file->format &&
			    !strcmp(file->format, "pcapng"))
				continue;
			a->forced = make_tap(in, a);
		}
		if (a->forced < 0)
			return false;
	}
	return true;
}

/* A pool of two circuits would make every verdict on NAT a guess. */
static bool pool_is_free(const struct inputs *in, const struct pool_option *p)
{
	char text[PREFIX_TEXT];

	for (size_t c = 0; c < in->site->circuits; c++) {
		const struct site_circuit *other = &in->site->circuit[c];

		if (!strcmp(other->name, p->circuit))
			continue;
		for (size_t i = 0; i < other->nat_pools.count; i++) {
			const struct prefix *theirs =
				&other->nat_pools.item[i].prefix;

			if (!prefix_overlaps(theirs, &p->prefix))
				continue;
			log_error("--nat-pool %s=%s: circuit '%s' has it, too",
				  p->circuit, prefix_format(&p->prefix, text),
				  other->name);
			return false;
		}
	}
	return true;
}

/* A pool must be for a circuit that there is, or that a file may make. */
static bool pools_known(const struct inputs *in)
{
	const struct options *o = in->options;

	for (size_t i = 0; i < o->pools; i++) {
		bool known =
			site_find_circuit(in->site, o->pool[i].circuit) >= 0;

		for (size_t k = 0; k < in->count && !known; k++) {
			size_t n = strlen(in->arg[k].base);

			known = in->arg[k].forced < 0 &&
				!strncmp(o->pool[i].circuit, in->arg[k].base,
					 n) &&
				(o->pool[i].circuit[n] == '\0' ||
				 o->pool[i].circuit[n] == ':');
		}
		if (!known) {
			unknown_circuit(in->site, "--nat-pool",
					o->pool[i].circuit);
			return false;
		}
		if (!pool_is_free(in, &o->pool[i]))
			return false;
	}
	return true;
}

/* ---------------------------------------------------------------- public */

/* Standard input is there once; an interface would be seen at two taps. */
static bool named_once(const struct inputs *in)
{
	for (size_t i = 0; i < in->count; i++) {
		const char *path = in->arg[i].path;

		if (!in->options->watch && strcmp(path, "-"))
			continue;
		for (size_t k = 0; k < i; k++) {
			if (strcmp(path, in->arg[k].path))
				continue;
			log_error("%s is named twice: %s",
				  in->options->watch ? "interface"
						     : "standard input",
				  path);
			return false;
		}
	}
	return true;
}

bool inputs_apart(const struct inputs *in)
{
	const struct options *o = in->options;
	struct clash c = {0};
	bool apart = clash_write(&c, "-o", o->output);

	if (apart && o->packets)
		apart = clash_write(&c, "--write", o->packets);
	if (apart && o->evidence)
		apart = clash_write_in(&c, "--evidence", o->evidence,
				       evidence_writes);
	apart = apart && clash_read_site(&c, o->site_path, in->site);
	for (size_t i = 0; apart && !o->watch && i < in->count; i++)
		apart = clash_read(&c, "the input", in->arg[i].path);
	clash_free(&c);
	return apart;
}

bool inputs_place(struct inputs *in)
{
	const struct options *o = in->options;

	/* With a site file it is as if they stood there. */
	for (size_t i = 0; o->site_path && i < o->pools; i++) {
		int c = site_find_circuit(in->site, o->pool[i].circuit);

		if (c >= 0)
			site_add_pool(in->site, c, &o->pool[i].prefix);
	}
	return force_taps(in) && pools_known(in);
}

struct inputs *inputs_open(const struct options *o, struct site *site,
			   struct capture *capture)
{
	struct inputs *in = xcalloc(1, sizeof(*in));
	uint32_t index;

	in->options = o;
	in->site = site;
	in->capture = capture;
	in->arg = xcalloc(o->file_count, sizeof(*in->arg));
	in->count = o->file_count;
	for (size_t i = 0; i < in->count; i++)
		split_arg(o->files[i], o->watch, &in->arg[i]);
	qsort(in->arg, in->count, sizeof(*in->arg), compare_args);

	if (named_once(in) && inputs_apart(in)) {
		for (size_t i = 0; i < in->count; i++) {
			if (o->watch)
				capture_add_interface(capture, in->arg[i].path,
						      &o->how, &index);
			else
				capture_add_file(capture, in->arg[i].path,
						 &index);
			capture_rank(capture, index, (uint32_t)i);
		}
		inputs_hint(in);
		if (inputs_place(in))
			return in;
	}
	inputs_free(in);
	return NULL;
}

void inputs_free(struct inputs *in)
{
	if (!in)
		return;
	for (size_t i = 0; i < in->count; i++) {
		free(in->arg[i].circuit);
		free(in->arg[i].tap);
		free(in->arg[i].base);
	}
	free(in->arg);
	free(in);
}

/* Whether an input has shown more than one interface so far. */
static bool several_interfaces(const struct capture *capture, uint32_t input)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < capture_interfaces(capture) && n < 2; i++)
		n += capture_interface(capture, i)->input == input;
	return n > 1;
}

/* Without a site file: an interface of a pcapng file is a circuit. */
static int make_interface_tap(struct inputs *in, const struct file_arg *a,
			      const struct capture_interface *f)
{
	struct str wanted = {0};
	char *name;
	int circuit, tap = -1;

	str_add(&wanted, a->base);
	if (several_interfaces(in->capture, f->input)) {
		str_addc(&wanted, ':');
		if (f->name)
			str_add_safe(&wanted, f->name);
		else
			str_addf(&wanted, "%u", f->id);
	}
	name = free_name(in->site, wanted.s);
	circuit = make_circuit(in->options, in->site, name);
	if (circuit >= 0)
		tap = add_tap(in->site, name, circuit);
	if (tap < 0 && !in->made_full) {
		in->made_full = true;
		log_warn("%s: more than %d interfaces with packets; the rest "
			 "is counted as unmapped (a site file can tell which "
			 "matter)",
			 a->path, SITE_MAX_TAPS);
	}
	free(name);
	str_free(&wanted);
	return tap;
}

bool inputs_bind(struct inputs *in, struct topo *topo, uint32_t interface)
{
	const struct capture_interface *f =
		capture_interface(in->capture, interface);
	const struct file_arg *a = &in->arg[f->input];
	int forced = a->forced;
	bool made = false;

	if (forced < 0 && !in->options->site_path) {
		forced = make_interface_tap(in, a, f);
		/* Taps that are made state nothing: any would fit it. */
		if (forced < 0)
			return false;
		made = true;
		topo_refresh(topo);
	}
	topo_bind(topo, interface, in->options->watch ? NULL : a->path, f->name,
		  forced);
	return made;
}

bool inputs_has_tap(const struct inputs *in, uint32_t interface)
{
	uint32_t input = capture_interface(in->capture, interface)->input;

	return in->options->site_path || in->arg[input].forced >= 0;
}
