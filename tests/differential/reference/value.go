package main

import (
	"encoding/base64"
	"fmt"
	"math"
	"sort"
	"strings"
	"time"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
)

// describe is a CEL value twice: with the type of every part (`["int", "1"]`), and as plain JSON.
func describe(value ref.Val) (typed []any, plainValue any) {
	name := value.Type().TypeName()
	if strings.HasPrefix(name, "kubernetes.") {
		return []any{name}, nil // claims or user itself: decoded as asked for, it has no items to show
	}
	switch v := value.(type) {
	case types.Int, types.Uint:
		return []any{name, fmt.Sprint(v.Value())}, v.Value()
	case types.Double:
		return describeDouble(name, float64(v))
	case types.Bool, types.String:
		return []any{name, v.Value()}, v.Value()
	case types.Bytes:
		encoded := base64.StdEncoding.EncodeToString(v)
		return []any{name, encoded}, encoded
	case types.Null:
		return []any{name, nil}, nil
	case types.Timestamp:
		text := v.Format(time.RFC3339Nano)
		return []any{name, text}, text
	case types.Duration:
		return []any{name, v.Duration.String()}, v.Duration.String()
	case *types.Optional:
		if !v.HasValue() {
			return []any{name}, nil
		}
		typedInner, plainInner := describe(v.GetValue())
		return []any{name, typedInner}, plainInner
	case traits.Lister:
		return describeList(name, v)
	case traits.Mapper:
		return describeMap(name, v)
	case ref.Type:
		return []any{"type", v.TypeName()}, v.TypeName()
	}
	return []any{name, fmt.Sprint(value.Value())}, fmt.Sprint(value.Value())
}

func describeDouble(name string, number float64) ([]any, any) {
	text := fmt.Sprint(number)
	if math.IsNaN(number) || math.IsInf(number, 0) {
		return []any{name, text}, text
	}
	return []any{name, text}, number
}

func describeList(name string, list traits.Lister) ([]any, any) {
	typed, plainList := []any{}, []any{}
	for i := types.Int(0); i < list.Size().(types.Int); i++ {
		typedItem, plainItem := describe(list.Get(i))
		typed, plainList = append(typed, typedItem), append(plainList, plainItem)
	}
	return []any{name, typed}, plainList
}

// describeMap sorts by how the key prints, so that the answer does not depend on the order of a Go map.
func describeMap(name string, mapping traits.Mapper) ([]any, any) {
	entries, plainMap := [][]any{}, map[string]any{}
	for it := mapping.Iterator(); it.HasNext() == types.True; {
		key := it.Next()
		item, _ := mapping.Find(key)
		typedKey, plainKey := describe(key)
		typedItem, plainItem := describe(item)
		entries = append(entries, []any{typedKey, typedItem})
		plainMap[fmt.Sprint(plainKey)] = plainItem
	}
	sort.Slice(entries, func(i, j int) bool { return fmt.Sprint(entries[i][0]) < fmt.Sprint(entries[j][0]) })
	return []any{name, entries}, plainMap
}
