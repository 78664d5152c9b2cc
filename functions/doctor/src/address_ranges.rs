//! IP addresses and CIDR ranges, as the parameter `PushSourceIpRanges` and WeChat list them.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

/// A list of addresses and ranges.
#[derive(Debug)]
pub(crate) struct AddressRanges(Vec<IpNet>);

/// A text that is no such list.
#[derive(Debug, thiserror::Error)]
#[error("must be IP addresses and CIDR ranges, separated by commas, without spaces")]
pub(crate) struct AddressRangesError;

impl AddressRanges {
    /// Whether one of the ranges contains this address, or all addresses of this range. A text that is neither is contained in none.
    pub(crate) fn contain(&self, address_or_range: &str) -> bool {
        range(address_or_range).is_some_and(|inner| self.0.iter().any(|outer| outer.contains(&inner)))
    }
}

impl FromStr for AddressRanges {
    type Err = AddressRangesError;

    fn from_str(text: &str) -> Result<Self, AddressRangesError> {
        text.split(',').map(range).collect::<Option<_>>().map(Self).ok_or(AddressRangesError)
    }
}

fn range(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_or_a_range_is_contained_as_a_whole_or_not_at_all() {
        let ranges: AddressRanges = "203.0.113.1,198.51.100.0/25,2001:db8::/32".parse().unwrap();
        for inside in ["203.0.113.1", "198.51.100.127", "198.51.100.0/25", "198.51.100.64/26", "2001:db8::1"] {
            assert!(ranges.contain(inside), "{inside}");
        }
        for outside in ["203.0.113.2", "203.0.113.0/31", "198.51.100.128", "198.51.100.0/24", "2001:db9::1", "", "a"] {
            assert!(!ranges.contain(outside), "{outside}");
        }
    }

    #[test]
    fn a_text_with_anything_else_in_it_is_no_list() {
        for text in ["", "203.0.113.1,", "203.0.113.1, 203.0.113.2", "203.0.113.0/33", "example.org"] {
            assert!(text.parse::<AddressRanges>().is_err(), "{text}");
        }
    }
}
