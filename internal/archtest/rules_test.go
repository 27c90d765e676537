package archtest

import (
	"fmt"
	"slices"
	"strings"
)

const (
	module = "github.com/tickersync/tickersync/"
	nhooyr = "nhooyr.io/websocket"
)

// The kinds of packages, by their paths below the module. What is of no kind (an
// example, an internal helper) is bound only by the rules for all.

func core(p string) bool     { return p == "ticker" }
func above(p string) bool    { return strings.HasPrefix(p, "ticker/") }
func contract(p string) bool { return p == "exchange" }
func engine(p string) bool   { return p == "fullsync" || p == "singlesync" || p == "internal/engine" }

// history is the history, its goals program, and the Postgres that both are tested on.
func history(p string) bool {
	return p == "ticker/history" || strings.HasPrefix(p, "ticker/history/") || p == "internal/pgtest"
}

func kit(p string) bool {
	return p == "exchange/exchangetest" || p == "internal/keyed" || p == "internal/livetest"
}

func simulation(p string) bool {
	return strings.HasPrefix(p, "exchange/") && strings.HasSuffix(p, "sim") || p == "exchange/simexchange"
}

func adapter(p string) bool {
	return strings.HasPrefix(p, "exchange/") && !simulation(p) && !kit(p)
}

// dep is a package that another rests on, however far below.
type dep struct {
	path     string // below the module for ours
	ours     bool
	standard bool
}

// rule says what packages of a kind never rest on.
type rule struct {
	name   string
	of     func(p string) bool
	except string // a package that may
	never  func(d dep) bool
}

// rules are the arrows of the house.
func rules() []rule {
	all := func(string) bool { return true }
	return []rule{
		{name: "ticker knows nobody", of: core, never: func(d dep) bool { return d.ours && !core(d.path) }},
		{name: "ticker rests on decimals alone", of: core, never: others("github.com/govalues/decimal")},
		{name: "what is built on ticker knows no exchange", of: above, never: ours(contract, engine, adapter, simulation, kit)},
		{name: "the contract knows who neither keeps nor implements it", of: contract, never: ours(engine, adapter, simulation, kit)},
		{name: "engines know no adapter or simulation", of: engine, never: ours(adapter, simulation, kit)},
		{name: "adapters know no engine or simulation", of: adapter, never: ours(engine, simulation, kit)},
		{name: "simulations know no engine", of: simulation, never: ours(engine, kit)},
		{name: "examples need no test kit", of: func(p string) bool { return strings.HasPrefix(p, "examples/") }, never: ours(kit)},
		{
			name: "only test kits import testing", of: func(p string) bool { return !kit(p) },
			never: func(d dep) bool { return d.path == "testing" },
		},
		{
			name: "contract, engines, adapters and simulations rest on few others", except: "exchange/natskv",
			of:    func(p string) bool { return contract(p) || engine(p) || adapter(p) || simulation(p) },
			never: others("github.com/govalues/decimal", "golang.org/x/time", nhooyr),
		},
		{name: "Postgres is for the history", of: func(p string) bool { return !history(p) }, never: below("github.com/jackc")},
		{name: "the spool's log is for the history", of: func(p string) bool { return !history(p) }, never: below("github.com/tidwall")},
		{name: "NATS is for natskv", of: all, except: "exchange/natskv", never: below("github.com/nats-io")},
		{name: "mail is for a module of its own", of: all, never: below("github.com/wneessen")},
	}
}

// others are the packages of other modules, but for those allowed.
func others(allowed ...string) func(dep) bool {
	return func(d dep) bool {
		return !d.ours && !d.standard && !slices.ContainsFunc(allowed, func(a string) bool { return below(a)(d) })
	}
}

// ours are the packages of this module of the kinds.
func ours(kinds ...func(string) bool) func(dep) bool {
	return func(d dep) bool {
		return d.ours && slices.ContainsFunc(kinds, func(kind func(string) bool) bool { return kind(d.path) })
	}
}

func below(path string) func(dep) bool {
	return func(d dep) bool { return d.path == path || strings.HasPrefix(d.path, path+"/") }
}

// pkg is what the rules need of a package, as `go list -json` writes it.
type pkg struct {
	ImportPath    string
	Standard      bool
	Imports, Deps []string
}

// check names every arrow that a rule forbids.
func check(pkgs []pkg) (broken []string) {
	standard := map[string]bool{}
	for _, p := range pkgs {
		standard[p.ImportPath] = p.Standard
	}
	for _, p := range pkgs {
		name, in := strings.CutPrefix(p.ImportPath, module)
		if !in {
			continue
		}
		for _, i := range p.Imports {
			if name != "internal/wsconn" && below(nhooyr)(dep{path: i}) {
				broken = append(broken, fmt.Sprintf("only internal/wsconn imports nhooyr: %s imports %s", name, i))
			}
		}
		for _, path := range p.Deps {
			d := dep{standard: standard[path]}
			d.path, d.ours = strings.CutPrefix(path, module)
			for _, r := range rules() {
				if r.of(name) && name != r.except && r.never(d) {
					broken = append(broken, fmt.Sprintf("%s: %s rests on %s", r.name, name, d.path))
				}
			}
		}
	}
	return broken
}
