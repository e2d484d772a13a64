package coderauth

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const good = `{"active": true, "sub": "u", "username": "ada", "client_id": "k", "scope": "workspace:read"}`

// service answers introspection and authcheck as told, and counts what it is asked.
type service struct {
	introspection, authcheck func(http.ResponseWriter, *http.Request)
	introspected, checked    atomic.Int32
}

func (s *service) guard(t *testing.T, staleness time.Duration) *Guard {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/oauth2/introspect", func(w http.ResponseWriter, r *http.Request) {
		s.introspected.Add(1)
		s.introspection(w, r)
	})
	mux.HandleFunc("/api/v2/authcheck", func(w http.ResponseWriter, r *http.Request) {
		s.checked.Add(1)
		s.authcheck(w, r)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	client, err := New(server.URL, "service-key")
	if err != nil {
		t.Fatal(err)
	}
	return NewGuard(client, staleness)
}

func allowing(answer bool) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]bool{"0": answer, "1": answer})
	}
}

func ask1(handler http.Handler, headers ...string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	for number := 0; number < len(headers); number += 2 {
		request.Header.Set(headers[number], headers[number+1])
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	return answer
}

func hello(w http.ResponseWriter, r *http.Request) {
	caller := CallerOf(r.Context())
	_, _ = w.Write([]byte(caller.Username + " " + string(caller.Scopes[0])))
}

func TestWhoMayGoesOn(t *testing.T) {
	s := &service{introspection: says(200, good), authcheck: allowing(true)}
	handler := s.guard(t, Staleness).Require(ScopeWorkspaceRead)(http.HandlerFunc(hello))
	for _, headers := range [][]string{{tokenHeader, token}, {"Authorization", "Bearer " + token}, {"authorization", "bearer  " + token}} {
		answer := ask1(handler, headers...)
		if answer.Code != 200 || answer.Body.String() != "ada workspace:read" {
			t.Error(headers, answer.Code, answer.Body)
		}
	}
	if s.introspected.Load() != 1 || s.checked.Load() != 1 {
		t.Error("asked for what was known", s.introspected.Load(), s.checked.Load())
	}
}

func TestWhoMayNotIsToldWhatIsMissing(t *testing.T) {
	s := &service{introspection: says(200, good), authcheck: allowing(false)}
	handler := s.guard(t, Staleness).Require(ScopeWorkspaceRead, ScopeTaskRead)(http.HandlerFunc(hello))
	answer := ask1(handler, tokenHeader, token)
	named := answer.Header().Get("WWW-Authenticate")
	if answer.Code != 403 || !strings.HasSuffix(named, `error="insufficient_scope", scope="workspace:read task:read"`) {
		t.Error(answer.Code, named)
	}
	s.authcheck = allowing(true)
	if answer = ask1(handler, tokenHeader, token); answer.Code != 200 {
		t.Error("a refusal was believed for a while", answer.Code)
	}
}

func TestNobodyIs401(t *testing.T) {
	s := &service{introspection: says(200, `{"active": false}`), authcheck: allowing(true)}
	handler := s.guard(t, Staleness).Require(ScopeWorkspaceRead)(http.HandlerFunc(hello))
	for _, headers := range [][]string{{}, {tokenHeader, "nonsense"}, {"Authorization", "Basic x"}, {"Cookie", "coder_session_token=" + token}} {
		if answer := ask1(handler, headers...); answer.Code != 401 || answer.Header().Get("WWW-Authenticate") == "" {
			t.Error(headers, answer.Code)
		}
	}
	s.introspection = says(200, good)
	if answer := ask1(handler, tokenHeader, token); answer.Code != 200 {
		t.Error(answer.Code)
	}
}

func TestWithoutAnAnswerNobodyGoesOn(t *testing.T) {
	for name, s := range map[string]*service{
		"down":               {introspection: says(503, "{}"), authcheck: allowing(true)},
		"own key is no good": {introspection: says(401, "{}"), authcheck: allowing(true)},
		"nonsense":           {introspection: says(200, "<html>"), authcheck: allowing(true)},
		"no check":           {introspection: says(200, good), authcheck: says(500, "{}")},
	} {
		handler := s.guard(t, Staleness).Require(ScopeWorkspaceRead)(http.HandlerFunc(hello))
		answer := ask1(handler, tokenHeader, token)
		if answer.Code != 503 || answer.Header().Get("Retry-After") == "" {
			t.Error(name, answer.Code)
		}
	}
}

func TestALimitOfTheCallersIsTheirs(t *testing.T) {
	s := &service{introspection: says(200, good), authcheck: says(429, "{}", "Retry-After", "7")}
	answer := ask1(s.guard(t, Staleness).Require(ScopeWorkspaceRead)(http.HandlerFunc(hello)), tokenHeader, token)
	if answer.Code != 429 || answer.Header().Get("Retry-After") != "7" {
		t.Error(answer.Code, answer.Header())
	}
}

func TestARouteThatNamesNothingLetsNobodyOn(t *testing.T) {
	s := &service{introspection: says(200, good), authcheck: allowing(true)}
	if answer := ask1(s.guard(t, Staleness).Require()(http.HandlerFunc(hello)), tokenHeader, token); answer.Code != 403 {
		t.Error(answer.Code)
	}
}

func TestWhatIsRevokedIsRefusedWhenItsTimeHasCome(t *testing.T) {
	s := &service{introspection: says(200, good), authcheck: allowing(true)}
	handler := s.guard(t, 50*time.Millisecond).Require(ScopeWorkspaceRead)(http.HandlerFunc(hello))
	if answer := ask1(handler, tokenHeader, token); answer.Code != 200 {
		t.Fatal(answer.Code)
	}
	s.introspection = says(200, `{"active": false}`)
	time.Sleep(60 * time.Millisecond)
	if answer := ask1(handler, tokenHeader, token); answer.Code != 401 {
		t.Error(answer.Code)
	}
}

func TestABurstAsksOnce(t *testing.T) {
	open := make(chan struct{})
	s := &service{authcheck: allowing(true)}
	s.introspection = func(w http.ResponseWriter, r *http.Request) {
		<-open
		says(200, good)(w, r)
	}
	handler := s.guard(t, Staleness).Require(ScopeWorkspaceRead)(http.HandlerFunc(hello))
	var all sync.WaitGroup
	var passed atomic.Int32
	for range make([]int, 20) {
		all.Add(1)
		go func() {
			defer all.Done()
			if ask1(handler, tokenHeader, token).Code == 200 {
				passed.Add(1)
			}
		}()
	}
	for s.introspected.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	close(open)
	all.Wait()
	if passed.Load() != 20 || s.introspected.Load() > 2 {
		t.Error(passed.Load(), s.introspected.Load())
	}
}

func TestMemoryHasABound(t *testing.T) {
	kept := newMemory[bool](time.Hour)
	for number := 0; number < 2*mostAnswers; number++ {
		if _, err := kept.get(question{byte(number), byte(number >> 8)}, func() (bool, error) { return true, nil }); err != nil {
			t.Fatal(err)
		}
	}
	if len(kept.kept) > mostAnswers || len(kept.asked) != 0 {
		t.Error(len(kept.kept), len(kept.asked))
	}
}
