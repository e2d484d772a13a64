package coderauth

import (
	"crypto/sha256"
	"sync"
	"time"
)

const mostAnswers = 4096

type question = [sha256.Size]byte

// memory keeps answers that are not zero for a while, and asks once for all who wait for the same.
type memory[T comparable] struct {
	lives time.Duration
	mutex sync.Mutex
	kept  map[question]answer[T]
	asked map[question]*asking[T]
}

type answer[T any] struct {
	value T
	until time.Time
}

type asking[T any] struct {
	done  chan struct{}
	value T
	err   error
}

func newMemory[T comparable](lives time.Duration) *memory[T] {
	return &memory[T]{lives: lives, kept: map[question]answer[T]{}, asked: map[question]*asking[T]{}}
}

// get returns what is known, or what ask returns; its life begins before it is asked for.
func (m *memory[T]) get(about question, ask func() (T, error)) (T, error) {
	now := time.Now()
	m.mutex.Lock()
	if found, ok := m.kept[about]; ok && now.Before(found.until) {
		m.mutex.Unlock()
		return found.value, nil
	}
	if other, ok := m.asked[about]; ok && m.lives > 0 {
		m.mutex.Unlock()
		<-other.done
		return other.value, other.err
	}
	own := &asking[T]{done: make(chan struct{})}
	m.asked[about] = own
	m.mutex.Unlock()
	defer func() {
		m.mutex.Lock()
		defer m.mutex.Unlock()
		delete(m.asked, about)
		var none T
		if own.err == nil && own.value != none && m.lives > 0 {
			m.keep(about, answer[T]{own.value, now.Add(m.lives)})
		}
		close(own.done)
	}()
	own.value, own.err = ask()
	return own.value, own.err
}

func (m *memory[T]) keep(about question, found answer[T]) {
	for old, other := range m.kept {
		if len(m.kept) < mostAnswers && time.Now().Before(other.until) {
			break
		}
		delete(m.kept, old)
	}
	m.kept[about] = found
}
