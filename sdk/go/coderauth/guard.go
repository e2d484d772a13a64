package coderauth

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Staleness is how long a Guard believes a good answer, unless it is told otherwise.
const Staleness = 5 * time.Second

const (
	bearer     = "bearer "
	challenge  = `Bearer realm="coder"`
	retryAfter = 5 * time.Second
)

// Caller is who sent a request, as a Guard found out.
type Caller struct {
	UserID   string
	Username string
	KeyID    string
	Scopes   []Scope
	// Client speaks for the caller, with the caller's key.
	Client *Client
}

type callerKey struct{}

// CallerOf returns who sent the request of this context; nil outside of a Guard.
func CallerOf(ctx context.Context) *Caller {
	found, _ := ctx.Value(callerKey{}).(*Caller)
	return found
}

// Guard lets requests through to handlers if coderauth says that their callers may.
//
// An answer that lets somebody in is believed for a while, a refusal never: what is revoked is
// refused after that time at the latest, and what is granted works at once. If coderauth cannot be
// asked, nobody is let in who was not a moment ago, and the answer is 503.
type Guard struct {
	own     *Client
	log     *slog.Logger
	callers *memory[*Caller]
	allowed *memory[bool]
}

// NewGuard returns a guard that asks whose key it is with a client of the service's own, whose key
// must be allowed api_key:read on the keys of all callers. A staleness of 0 asks for each request.
func NewGuard(own *Client, staleness time.Duration) *Guard {
	return &Guard{own, slog.Default(), newMemory[*Caller](staleness), newMemory[bool](staleness)}
}

// Require lets through whoever may do all of this: "workspace:read" means to read the caller's own.
func (g *Guard) Require(scopes ...Scope) func(http.Handler) http.Handler {
	checks := make([]Check, len(scopes))
	for number, scope := range scopes {
		resource, action, _ := strings.Cut(string(scope), ":")
		checks[number] = Check{Action: action, Resource: resource, OwnerID: Me}
	}
	return g.RequireChecks(func(*http.Request) []Check { return checks })
}

// RequireChecks lets through whoever may do all that is named for a request, such as an action on
// the object in its path. Without any check nobody passes: a route must say what it needs.
func (g *Guard) RequireChecks(of func(*http.Request) []Check) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			caller, ok := g.caller(w, r)
			if !ok || !g.mayPass(w, r, caller, of(r)) {
				return
			}
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, caller)))
		})
	}
}

// caller finds out who sends a request. Others may wait for the same answer, so it is asked for
// even if this client goes away.
func (g *Guard) caller(w http.ResponseWriter, r *http.Request) (*Caller, bool) {
	token := tokenOf(r.Header)
	if token == "" {
		refuse(w, http.StatusUnauthorized, challenge, "Sign in to continue.")
		return nil, false
	}
	caller, err := g.callers.get(sha256.Sum256([]byte(token)), func() (*Caller, error) {
		found, err := g.own.Introspect(context.WithoutCancel(r.Context()), token)
		if err != nil || found == nil {
			return nil, err
		}
		return &Caller{found.UserID, found.Username, found.KeyID, found.Scopes, g.own.WithToken(token)}, nil
	})
	if err != nil {
		g.unavailable(w, err)
		return nil, false
	}
	if caller == nil {
		refuse(w, http.StatusUnauthorized, challenge+`, error="invalid_token"`, "This key is not good.")
		return nil, false
	}
	return caller, true
}

func (g *Guard) mayPass(w http.ResponseWriter, r *http.Request, caller *Caller, checks []Check) bool {
	if len(checks) == 0 {
		g.log.Error("coderauth: a route does not say what it needs", "path", r.URL.Path)
		refuse(w, http.StatusForbidden, "", "This route does not say what it needs.")
		return false
	}
	var missing []string
	question := sha256.Sum256([]byte(fmt.Sprintf("%s %+v", caller.KeyID, checks)))
	allowed, err := g.allowed.get(question, func() (bool, error) {
		var err error
		missing, err = ask(context.WithoutCancel(r.Context()), caller.Client, checks)
		return len(missing) == 0, err
	})
	var refused *Error
	switch {
	case errors.As(err, &refused) && refused.Status == http.StatusUnauthorized:
		refuse(w, http.StatusUnauthorized, challenge+`, error="invalid_token"`, "This key is not good.")
	case errors.As(err, &refused) && refused.Status == http.StatusTooManyRequests:
		w.Header().Set("Retry-After", seconds(refused.RetryAfter))
		refuse(w, http.StatusTooManyRequests, "", "Too many requests.")
	case err != nil:
		g.unavailable(w, err)
	case !allowed:
		named := challenge + `, error="insufficient_scope", scope="` + strings.Join(missing, " ") + `"`
		refuse(w, http.StatusForbidden, named, "This request needs "+strings.Join(missing, ", ")+".")
	default:
		return true
	}
	return false
}

// ask returns what of the checks is denied.
func ask(ctx context.Context, caller *Client, checks []Check) ([]string, error) {
	named := make(map[string]Check, len(checks))
	for number, check := range checks {
		named[strconv.Itoa(number)] = check
	}
	answers, err := caller.Authcheck(ctx, named)
	if err != nil {
		return nil, err
	}
	var missing []string
	for number, check := range checks {
		if !answers[strconv.Itoa(number)] {
			missing = append(missing, check.Resource+":"+check.Action)
		}
	}
	return missing, nil
}

func (g *Guard) unavailable(w http.ResponseWriter, err error) {
	g.log.Error("coderauth cannot be asked", "error", err)
	w.Header().Set("Retry-After", seconds(retryAfter))
	refuse(w, http.StatusServiceUnavailable, "", "Keys cannot be checked at the moment. Try again later.")
}

// tokenOf returns the key in the headers that coderauth itself takes. Not the one in a cookie: a
// service that took it would need a guard against forged requests.
func tokenOf(header http.Header) string {
	if token := header.Get(tokenHeader); token != "" {
		return token
	}
	given := header.Get("Authorization")
	if len(given) > len(bearer) && strings.EqualFold(given[:len(bearer)], bearer) {
		return strings.TrimSpace(given[len(bearer):])
	}
	return ""
}

func refuse(w http.ResponseWriter, status int, authenticate, message string) {
	if authenticate != "" {
		w.Header().Set("WWW-Authenticate", authenticate)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": message})
}

func seconds(pause time.Duration) string {
	return strconv.Itoa(max(1, int(pause/time.Second)))
}
